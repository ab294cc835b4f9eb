/** The desk's process: whether an order could leave at all, and what stands behind it. */
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useLine, useRows } from '../../live/live.ts';
import { useSecond } from '../../second.ts';
import { Badge } from '../../ui/badge.tsx';
import { bytesText, Fact, Facts } from '../../ui/facts.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Rows } from '../../ui/states.tsx';
import { span } from '../../zone.ts';

type ProcessRow = Extract<RowOf<'system'>, { what: 'process' }>;

export function Process() {
  const system = useRows('system');
  const { desk, mode } = useLine();
  const now = useSecond();
  return (
    <Panel title={`Desk ${desk ?? ''}`} tools={mode === null ? null : <Badge tone="accent">{mode}</Badge>}>
      <Rows of={system} lines={6} empty={<Empty title="The process has said nothing yet." />}>
        {(rows) => {
          const row = rows.map(({ row }) => row).find((one): one is ProcessRow => one.what === 'process');
          return row === undefined ? <Empty title="The process has said nothing of itself yet." /> : <Told row={row} now={now} />;
        }}
      </Rows>
    </Panel>
  );
}

function Told({ row, now }: Readonly<{ row: ProcessRow; now: number }>) {
  const { halted, ready, reasons, disk, breaker } = row;
  return (
    <Facts>
      <Fact name="Orders">
        {halted !== null ? (
          <>
            <Badge tone="stop">HALTED</Badge> {halted}
          </>
        ) : ready ? (
          <Badge tone="good">could leave</Badge>
        ) : (
          <>
            <Badge tone="warn">cannot leave</Badge>
            {reasons.map((reason) => (
              <span key={reason} className="block text-xs text-dim">
                {reason}
              </span>
            ))}
          </>
        )}
      </Fact>
      <Fact name="Breaker">
        {breaker === null ? (
          <span className="text-faint">none beside this desk</span>
        ) : (
          <>
            <Badge tone={breaker.alive ? 'good' : 'stop'}>{breaker.alive ? 'alive' : 'GONE'}</Badge>{' '}
            <span className="text-xs text-dim">{breaker.why}</span>
          </>
        )}
      </Fact>
      <Fact name="Disk">
        {disk === null ? <span className="text-faint">not measured yet</span> : `${bytesText(disk.freeBytes)} free`}
        {disk === null || disk.secondsLeft === null ? null : (
          <span className="text-dim">, full in {span(disk.secondsLeft * 1_000)} at this rate</span>
        )}
      </Fact>
      <Fact name="Memory">{bytesText(row.memoryBytes)}</Fact>
      <Fact name="Up">
        {span(Math.max(0, now - Date.parse(row.since)))},{' '}
        <span className="text-dim">since {row.since.replace('T', ' ').slice(0, 19)} UTC</span>
      </Fact>
      <Fact name="Build">
        <code className="figure text-xs" title={row.build}>
          {row.build.slice(0, 16)}
        </code>
      </Fact>
      <Fact name="Watching">{row.watchers === 1 ? 'one page or program' : `${row.watchers} pages and programs`}</Fact>
    </Facts>
  );
}
