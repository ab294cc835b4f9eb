/** What the process says of itself: the newest lines of its log, the last first; what a decision was leads to its reasons. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { ScrollText } from 'lucide-react';
import { useMemo, useRef } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useRows } from '../../live/live.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { useHold } from '../../ui/hold.ts';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Loading } from '../../ui/states.tsx';
import { WhyLink } from '../../ui/why-link.tsx';
import { useView } from '../../view.ts';

type Line = RowOf<'logs'>;
const LEVELS: readonly Line['level'][] = ['debug', 'info', 'warn', 'error'];
const TONES: Record<Line['level'], Tone> = { debug: 'calm', info: 'accent', warn: 'warn', error: 'stop' };
const ROW_PX = 26;

export function Log() {
  const hold = useHold();
  const logs = hold.keep(useRows('logs'));
  const [view, change] = useView();
  const levels = useMemo(() => levelsIn(view['levels']), [view['levels']]);
  const wanted = (view['log'] ?? '').toLowerCase();
  const rows = useMemo(
    () =>
      logs.rows
        .map(({ row }) => row)
        .filter((row) => levels.includes(row.level) && (wanted === '' || textOf(row).toLowerCase().includes(wanted)))
        .reverse(),
    [logs, levels, wanted],
  );
  const toggle = (level: Line['level']): void => {
    const next = LEVELS.filter((one) => (one === level) !== levels.includes(one));
    change({ levels: next.length === LEVELS.length ? null : next.join(',') || 'none' });
  };
  return (
    <Panel
      title="Log"
      hold={hold}
      className="h-96 shrink-0 lg:h-auto lg:min-h-72 lg:flex-1"
      bodyClass="flex flex-col"
      {...(logs.known ? { count: `${rows.length} of the newest ${logs.rows.length}` } : {})}
      tools={
        <>
          <fieldset className="flex flex-wrap gap-1">
            <legend className="sr-only">Levels that are shown</legend>
            {LEVELS.map((level) => (
              <button
                key={level}
                type="button"
                aria-pressed={levels.includes(level)}
                onClick={() => toggle(level)}
                className={`h-6 rounded-full border px-2 text-xs ${levels.includes(level) ? 'border-edge bg-raised text-ink' : 'border-line text-dim hover:text-ink'}`}
              >
                {level}
              </button>
            ))}
          </fieldset>
          <input
            type="search"
            aria-label="Find in the log"
            placeholder="Find …"
            value={view['log'] ?? ''}
            onChange={({ target }) => change({ log: target.value === '' ? null : target.value })}
            className="h-6 w-32 rounded-[5px] border border-line bg-ground px-2 text-xs"
          />
        </>
      }
    >
      {logs.refused !== null ? (
        <p className="p-3 text-dim">{logs.refused}</p>
      ) : !logs.known ? (
        <Loading lines={6} />
      ) : rows.length === 0 ? (
        <Empty icon={ScrollText} title={logs.rows.length === 0 ? 'Nothing was said yet.' : 'No line of these levels and words.'}>
          {logs.rows.length === 0 ? 'A demonstration keeps no log: its terminal shows the desk itself.' : null}
        </Empty>
      ) : (
        <Lines rows={rows} />
      )}
    </Panel>
  );
}

function Lines({ rows }: Readonly<{ rows: readonly Line[] }>) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    getItemKey: (index) => rows[index]!.n,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <section ref={box} className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} aria-label="Lines of the log, newest first">
      <ol className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => (
          <li
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            data-log={rows[index]!.n}
            className="absolute top-0 left-0 flex w-full items-baseline gap-2 px-3 py-[3px] hover:bg-raised"
            style={{ transform: `translateY(${start}px)` }}
          >
            <One row={rows[index]!} />
          </li>
        ))}
      </ol>
    </section>
  );
}

const One = ({ row }: Readonly<{ row: Line }>) => (
  <>
    <span className="shrink-0 text-xs text-faint">
      <Moment us={row.at} />
    </span>
    <span className="w-12 shrink-0">
      <Badge tone={TONES[row.level]}>{row.level}</Badge>
    </span>
    <span className="min-w-0 flex-1 break-words whitespace-pre-wrap">
      {row.what}
      {row.cut ? <span className="text-faint"> … (cut: the log itself has all of it)</span> : null}
      {row.address === null && Object.keys(row.numbers).length > 0 ? (
        <span className="figure text-xs text-faint"> {JSON.stringify(row.numbers)}</span>
      ) : null}
    </span>
    {row.address === null ? null : (
      <span className="shrink-0 text-xs">
        <WhyLink of={row.address} />
      </span>
    )}
  </>
);

/** What is found by. */
const textOf = ({ what, type, address, numbers }: Line): string => `${what} ${type ?? ''} ${address ?? ''} ${JSON.stringify(numbers)}`;

/** All of them, unless the address says otherwise. */
const levelsIn = (text: string | undefined): readonly Line['level'][] =>
  text === undefined ? LEVELS : LEVELS.filter((level) => text.split(',').includes(level));
