/** Each account's money as the books have it. */
import { type Portfolio, useAsked, type Whole } from '../../asked.ts';
import { Answer, ReadAgain } from '../../ui/answers.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';

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
  const asked = useAsked<Whole<Portfolio>>('/api/v1/portfolio', { kept: true });
  return (
    <Panel
      title="Accounts"
      {...(asked.data === undefined ? {} : { count: `as of number ${asked.data.seq}` })}
      tools={<ReadAgain of={asked} />}
    >
      <Answer of={asked} lines={2}>
        {(data) =>
          data.items.length === 0 ? (
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
          )
        }
      </Answer>
    </Panel>
  );
}
