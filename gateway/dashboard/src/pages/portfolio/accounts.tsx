/** Each account's money as the books have it. */
import { RotateCw } from 'lucide-react';
import { type Portfolio, useAsked, type Whole } from '../../asked.ts';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';

const PARTS = [
  ['profit', 'Profit', true],
  ['realised', 'Realised', true],
  ['unrealised', 'Unrealised', true],
  ['fees', 'Fees paid', false],
  ['carry', 'Cost of holding', false],
  ['cash', 'Cash', false],
  ['deposited', 'Put in', false],
  ['drawdown', 'Below the peak', false],
] as const;

export function Accounts() {
  const { data, error, refetch, isFetching } = useAsked<Whole<Portfolio>>('/api/v1/portfolio', { kept: true });
  return (
    <Panel
      title="Accounts"
      {...(data === undefined ? {} : { count: `as of number ${data.seq}` })}
      tools={
        <Button small look="quiet" disabled={isFetching} onClick={() => void refetch()}>
          <RotateCw aria-hidden className="size-3" /> Read again
        </Button>
      }
    >
      {error !== null ? (
        <div className="p-3">
          <Failed error={error} again={() => void refetch()} />
        </div>
      ) : data === undefined ? (
        <Loading lines={2} />
      ) : data.items.length === 0 ? (
        <Empty title="No account is open." />
      ) : (
        data.items.map((one) => (
          <section
            key={one.account}
            aria-label={one.account}
            data-account={one.account}
            className="flex flex-wrap items-end gap-x-8 gap-y-2 border-t border-line/60 px-3 py-2.5 first:border-t-0"
          >
            <div>
              <h3 className="text-xs text-dim">
                {one.account} <span className="text-faint">{one.mode}</span>
              </h3>
              <Figure text={one.equity} unit={one.currency} className="text-xl font-medium" />
            </div>
            <dl className="flex flex-wrap gap-x-6 gap-y-1 text-xs">
              {PARTS.map(([key, name, signed]) => (
                <div key={key}>
                  <dt className="text-faint">{name}</dt>
                  <dd className="text-sm">
                    <Figure text={one[key]} signed={signed} />
                  </dd>
                </div>
              ))}
              <div>
                <dt className="text-faint">Long, short</dt>
                <dd className="text-sm">
                  <Figure text={one.exposure.long} /> <span className="text-faint">/</span> <Figure text={one.exposure.short} />
                </dd>
              </div>
            </dl>
          </section>
        ))
      )}
    </Panel>
  );
}
