/** The journal: how far it is, how fast it grows, and how much of it a power cut could still take. */
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useLine, useRows } from '../../live/live.ts';
import { Badge } from '../../ui/badge.tsx';
import { bytesText, Fact, Facts } from '../../ui/facts.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Loading } from '../../ui/states.tsx';
import { span } from '../../zone.ts';
import { rateText, useRate } from './rate.ts';

type ProcessRow = Extract<RowOf<'system'>, { what: 'process' }>;

export function Journal() {
  const { seq, at, durable } = useLine();
  const rate = useRate(seq);
  const process = useRows('system')
    .rows.map(({ row }) => row)
    .find((one): one is ProcessRow => one.what === 'process');
  const behind = Math.max(0, seq - durable);
  if (seq === 0)
    return (
      <Panel title="Journal">
        <Loading lines={4} />
      </Panel>
    );
  return (
    <Panel title="Journal">
      <Facts>
        <Fact name="Newest number">
          <Figure text={String(seq)} />
        </Fact>
        <Fact name="Its time">
          <Moment us={at} detail="micros" date />
        </Fact>
        <Fact name="On the disk">
          <Figure text={String(durable)} />{' '}
          {behind === 0 ? <Badge tone="good">all of it</Badge> : <span className="text-xs text-dim">{behind} not yet</span>}
        </Fact>
        <Fact name="Grows by">{rateText(rate)}</Fact>
        {process === undefined ? null : (
          <>
            <Fact name="To be written">
              {bytesText(process.pendingBytes)}
              {process.waitedMs > 0 ? <span className="text-dim">; the oldest question waits {span(process.waitedMs)}</span> : null}
            </Fact>
            <Fact name="Folder">
              <code className="figure text-xs break-all whitespace-normal">{process.journal}</code>
            </Fact>
          </>
        )}
      </Facts>
    </Panel>
  );
}
