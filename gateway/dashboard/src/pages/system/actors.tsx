/** Every actor of the desk, its state, and how many decisions it made lately. */
import { useMemo } from 'react';
import { useLine, useRows } from '../../live/live.ts';
import { State } from '../../ui/badge.tsx';
import { useHold } from '../../ui/hold.ts';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useView } from '../../view.ts';

type Actor = Readonly<{ kind: string; name: string; state: string; said: number; more: string }>;

const LATELY_US = 60_000_000;
const KINDS = ['feed', 'gate', 'strategy', 'session', 'order'] as const;

const COLUMNS: readonly Column<Actor>[] = [
  { name: 'Actor', cell: ({ kind }) => <span className="text-faint">{kind}</span> },
  { name: 'Of', cell: ({ name }) => <span className="font-medium whitespace-nowrap">{name}</span> },
  { name: 'State', cell: ({ state }) => <State of={state} /> },
  { name: 'Decisions, last minute', right: true, cell: ({ said }) => <span className="figure">{said}</span> },
  { name: 'More', unnamed: true, wide: true, cell: ({ more }) => <span className="text-xs text-dim">{more}</span> },
];

export function Actors() {
  const hold = useHold();
  const feeds = hold.keep(useRows('feeds'));
  const gate = hold.keep(useRows('gate'));
  const system = hold.keep(useRows('system'));
  const equity = hold.keep(useRows('equity'));
  const orders = hold.keep(useRows('orders'));
  const decisions = hold.keep(useRows('decisions'));
  const at = hold.keep(useLine().at);
  const [view, change] = useView();
  const kind = KINDS.find((one) => one === view['actor']) ?? null;
  const said = useMemo(() => {
    const counts = new Map<string, number>();
    const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const { row } of decisions.rows) {
      if (row.at < at - LATELY_US) continue;
      switch (row.type) {
        case 'FeedMoved':
        case 'TickRejected':
        case 'TickTooLate':
        case 'CandleClosed':
          count(`feed ${String(row['instrument'])} ${String(row['source'])}`);
          break;
        case 'GateMoved':
          count(`gate ${String(row['scope'])} ${String(row['of'])}`);
          break;
        case 'StrategyMoved':
        case 'StrategyWoke':
        case 'OrderApproved':
        case 'OrderRefused':
          count(`strategy ${String(row['strategy'])}`);
          break;
        case 'SessionMoved':
          count(`session ${String(row['account'])}`);
          break;
        case 'OrderMoved':
        case 'OrderFilled':
        case 'OrderRequested':
        case 'VenueReported':
          count(`order ${String(row['order'])}`);
          break;
      }
    }
    return counts;
  }, [decisions, at]);
  const actors = useMemo((): Actor[] => {
    const one = (kind: string, key: string, name: string, state: string, more: string): Actor => ({
      kind,
      name,
      state,
      more,
      said: said.get(`${kind} ${key}`) ?? 0,
    });
    return [
      ...feeds.rows.map(({ row }) =>
        one('feed', `${row.instrument} ${row.source}`, `${row.instrument} ${row.source}`, row.state, row.flags.join(', ')),
      ),
      ...gate.rows.map(({ row }) =>
        one(
          'gate',
          `${row.scope} ${row.of}`,
          row.scope === 'global' ? 'everything' : row.of,
          row.state,
          row.reasons.map(({ cause }) => cause).join(', '),
        ),
      ),
      ...system.rows.flatMap(({ row }) =>
        row.what === 'strategy'
          ? [
              one(
                'strategy',
                row.id,
                row.id,
                row.state,
                `${row.name}, ${row.seen < row.warmup ? `${row.seen} of ${row.warmup} candles to warm` : `${row.seen} candles seen`}, for ${row.account}`,
              ),
            ]
          : [],
      ),
      ...equity.rows.map(({ row }) => one('session', row.account, row.account, row.session, row.mode)),
      ...orders.rows.flatMap(({ row }) =>
        ENDED.has(row.state) ? [] : [one('order', row.order, row.order, row.state, `${row.side} ${row.lots} ${row.instrument}`)],
      ),
    ];
  }, [feeds, gate, system, equity, orders, said]);
  const shown = kind === null ? actors : actors.filter((actor) => actor.kind === kind);
  return (
    <Panel
      title="Actors"
      hold={hold}
      count={shown.length}
      className="max-lg:max-h-[36rem] lg:min-h-0 lg:flex-1"
      tools={
        <fieldset className="flex flex-wrap gap-1">
          <legend className="sr-only">Which actors</legend>
          {KINDS.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={kind === each}
              onClick={() => change({ actor: kind === each ? null : each })}
              className={`h-6 rounded-full border px-2 text-xs ${kind === each ? 'border-edge bg-raised text-ink' : 'border-line text-dim hover:text-ink'}`}
            >
              {each}
            </button>
          ))}
        </fieldset>
      }
    >
      {!gate.known ? (
        <Loading lines={8} />
      ) : shown.length === 0 ? (
        <Empty title={kind === 'order' ? 'No order works.' : 'None of this kind.'} />
      ) : (
        <Table label="Actors" columns={COLUMNS} rows={shown} keyOf={({ kind, name }) => `${kind} ${name}`} />
      )}
    </Panel>
  );
}

const ENDED = new Set(['FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED']);
