/** What the desk decides, as it decides it: one sentence a decision, the newest first, each a way to its reasons. */
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Activity } from 'lucide-react';
import { type ReactNode, useMemo, useRef } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useLine, useRows } from '../../live/live.ts';
import type { Told } from '../../live/store.ts';
import { PAGES } from '../../pages.ts';
import { Durable } from '../../ui/figure.tsx';
import { useHold } from '../../ui/hold.ts';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Loading } from '../../ui/states.tsx';
import { useExplained } from '../../ui/why-link.tsx';
import { useView } from '../../view.ts';
import { KIND_NAMES, type Kind, kindOf, kindsIn, STANDARD, toneOfKind } from './decision-kinds.ts';

const ROW_PX = 26;

export function Decisions() {
  const hold = useHold();
  const decisions = hold.keep(useRows('decisions'));
  const { mode } = useLine();
  const [view, change] = useView();
  const kinds = kindsIn(view['kinds']);
  const wanted = (view['find'] ?? '').toLowerCase();
  const rows = useMemo(() => {
    const asked = new Set(kindsIn(view['kinds']));
    return decisions.rows
      .filter(({ row }) => asked.has(kindOf(row.type)) && (wanted === '' || `${row.said} ${row.type}`.toLowerCase().includes(wanted)))
      .reverse();
  }, [decisions, view['kinds'], wanted]);
  const toggle = (kind: Kind): void => {
    const next = kinds.includes(kind)
      ? kinds.filter((one) => one !== kind)
      : KIND_NAMES.filter((one) => one === kind || kinds.includes(one));
    change({ kinds: next.join(',') === KIND_NAMES.filter((one) => STANDARD.includes(one)).join(',') ? null : next.join(',') || 'none' });
  };
  return (
    <Panel
      title="Decisions"
      hold={hold}
      className="max-lg:h-[32rem]"
      bodyClass="flex flex-col"
      {...(decisions.known ? { count: `${rows.length} of the newest ${decisions.rows.length}` } : {})}
      tools={
        <input
          type="search"
          aria-label="Find in the decisions"
          placeholder="Find …"
          value={view['find'] ?? ''}
          onChange={(event) => change({ find: event.target.value === '' ? null : event.target.value })}
          className="h-6 w-32 rounded-[5px] border border-line bg-ground px-2 text-xs"
        />
      }
    >
      <fieldset className="flex shrink-0 flex-wrap gap-1 border-b border-line/60 px-2 py-1.5">
        <legend className="sr-only">Kinds that are shown</legend>
        {KIND_NAMES.map((kind) => {
          const on = kinds.includes(kind);
          return (
            <button
              key={kind}
              type="button"
              aria-pressed={on}
              onClick={() => toggle(kind)}
              className={`flex h-[22px] items-center gap-1 rounded-full border px-2 text-2xs ${on ? 'border-edge bg-raised text-ink' : 'border-line text-faint hover:text-ink'}`}
            >
              <span aria-hidden className={`size-1.5 rounded-full ${toneOfKind(kind)}`} />
              {kind}
            </button>
          );
        })}
      </fieldset>
      {decisions.broke === null ? null : (
        <p className="shrink-0 border-b border-warn/40 bg-warn/10 px-3 py-1 text-xs">
          {decisions.broke.why === 'behind' ? 'This page read too slowly' : 'The line was away for longer than is kept'}: what was decided
          before is not all here. From number <span className="figure">{decisions.broke.seq}</span> on it is whole; the journal has the
          rest.
        </p>
      )}
      {!decisions.known ? (
        <Loading lines={8} />
      ) : rows.length === 0 ? (
        <Empty
          icon={Activity}
          title={
            decisions.rows.length === 0
              ? mode === 'REPLAY'
                ? 'Nothing was decided up to here.'
                : 'Nothing was decided in this gateway’s life yet.'
              : 'No decision of these kinds.'
          }
        >
          {decisions.rows.length === 0 && mode !== 'REPLAY'
            ? 'What was decided before stands in the journal: npx retrace explain.'
            : 'Choose more kinds, or find something else.'}
        </Empty>
      ) : (
        <List rows={rows} />
      )}
    </Panel>
  );
}

function List({ rows }: Readonly<{ rows: readonly Told<RowOf<'decisions'>>[] }>) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    getItemKey: (index) => rows[index]!.key,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard
    <section ref={box} className="min-h-0 flex-1 overflow-y-auto" tabIndex={0} aria-label="Decisions, newest first">
      <ol className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ key, index, start }) => {
          const { key: address, row, seq } = rows[index]!;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="absolute top-0 left-0 w-full"
              style={{ transform: `translateY(${start}px)` }}
            >
              <Reasons of={row.type} address={address}>
                <span className="shrink-0 text-xs text-faint">
                  <Moment us={row.at} />
                </span>
                <span aria-hidden className={`size-1.5 shrink-0 -translate-y-px rounded-full ${toneOfKind(kindOf(row.type))}`} />
                <span className="min-w-0 flex-1 break-words">
                  <Durable seq={seq}>{row.said}</Durable>
                </span>
              </Reasons>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** The way to the page that explains it. */
function Reasons({ of, address, children }: Readonly<{ of: string; address: string; children: ReactNode }>) {
  const explained = useExplained();
  const look = 'flex items-baseline gap-2 px-3 py-[3px] hover:bg-raised';
  return explained && PAGES.some(({ path }) => path === EXPLAIN) ? (
    <Link
      to={EXPLAIN as '/'}
      search={{ what: address } as never}
      data-address={address}
      title={`${of} ${address}: open its reasons`}
      className={look}
    >
      {children}
    </Link>
  ) : (
    <div data-address={address} title={`${of} ${address}`} className={look}>
      {children}
    </div>
  );
}
const EXPLAIN = '/explain';
