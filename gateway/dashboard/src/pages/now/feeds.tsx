/**
 * A tile an instrument: its last price, bid and ask, and whether its feeds can be trusted, with every reason why not. A watchlist leaves others out;
 * how many of them are in trouble is said all the same.
 */
import { Radio } from 'lucide-react';
import { useMemo } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useLine, useRows } from '../../live/live.ts';
import { useSecond } from '../../second.ts';
import { useActions } from '../../shell/actions.ts';
import { State } from '../../ui/badge.tsx';
import { Figure } from '../../ui/figure.tsx';
import { useHold } from '../../ui/hold.ts';
import { Since } from '../../ui/moment.tsx';
import { Empty, Rows } from '../../ui/states.tsx';
import { useView } from '../../view.ts';
import { listAfter, useWatchlists, type Watchlist } from '../../watchlists.ts';
import { span } from '../../zone.ts';

type Quote = RowOf<'quotes'>;
type Feed = RowOf<'feeds'>;

export function Feeds() {
  const hold = useHold();
  const quotes = hold.keep(useRows('quotes'));
  const feeds = hold.keep(useRows('feeds'));
  const byInstrument = useMemo(() => {
    const found = new Map<string, Feed[]>();
    for (const { row } of feeds.rows) found.set(row.instrument, [...(found.get(row.instrument) ?? []), row]);
    return found;
  }, [feeds]);
  const [view, change] = useView();
  const lists = useWatchlists();
  const list = lists.find(({ name }) => name === view['list']) ?? null;
  const choose = (name: string | null): void => change({ list: name });
  useActions(
    lists.length === 0
      ? []
      : [
          {
            ...{ id: 'next-list', name: 'Next watchlist', group: 'Now', keys: 'v', words: 'view instruments' },
            run: () => choose(listAfter(lists, list?.name ?? null)),
          },
        ],
  );
  return (
    <section aria-labelledby="feeds" {...hold.props}>
      <h2 id="feeds" className="sr-only">
        Feeds
      </h2>
      {lists.length === 0 ? null : (
        <fieldset aria-label="Watchlist" className="mb-1.5 flex flex-wrap items-center gap-1">
          {[null, ...lists.map(({ name }) => name)].map((name) => (
            <button
              key={name ?? ''}
              type="button"
              aria-pressed={name === (list?.name ?? null)}
              onClick={() => choose(name)}
              className={`rounded-full border px-2.5 py-0.5 text-xs ${name === (list?.name ?? null) ? 'border-accent bg-raised font-medium' : 'border-line text-dim hover:bg-raised'}`}
            >
              {name ?? 'all'}
            </button>
          ))}
          <Others list={list} quotes={quotes.rows.map(({ row }) => row)} byInstrument={byInstrument} />
        </fieldset>
      )}
      <Rows of={quotes} lines={2} empty={<Empty icon={Radio} title="No instrument is defined yet." />}>
        {(rows) => (
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(15.5rem,1fr))] gap-2 max-sm:grid-cols-2">
            {inList(rows, list).map(({ key, row }) => (
              <Tile key={key} quote={row} feeds={byInstrument.get(row.instrument) ?? []} />
            ))}
          </ul>
        )}
      </Rows>
    </section>
  );
}

type Told = Readonly<{ key: string; row: Quote }>;

/** In the order of the list. */
function inList(rows: readonly Told[], list: Watchlist | null): readonly Told[] {
  if (list === null) return rows;
  return list.instruments.flatMap((id) => rows.filter(({ row }) => row.instrument === id));
}

type OthersOf = Readonly<{ list: Watchlist | null; quotes: readonly Quote[]; byInstrument: ReadonlyMap<string, readonly Feed[]> }>;

/** What is not looked at may be in trouble. */
function Others({ list, quotes, byInstrument }: OthersOf) {
  if (list === null) return null;
  const others = quotes.filter(({ instrument }) => !list.instruments.includes(instrument));
  const troubled = others.filter(({ instrument }) => (byInstrument.get(instrument) ?? []).some(({ state }) => state !== 'HEALTHY'));
  const shown = quotes.length - others.length;
  if (shown === 0) return <span className="ml-1 text-xs text-warn">this list names no instrument of this desk</span>;
  if (others.length === 0) return null;
  return (
    <span className={`ml-1 text-xs ${troubled.length > 0 ? 'text-warn' : 'text-faint'}`}>
      {others.length} not shown
      {troubled.length > 0 ? `, not healthy: ${troubled.map(({ instrument }) => instrument).join(', ')}` : ', all healthy'}
    </span>
  );
}

const EDGE = { HEALTHY: 'border-l-good', DEGRADED: 'border-l-warn', DOWN: 'border-l-stop' } as const;

function Tile({ quote, feeds }: Readonly<{ quote: Quote; feeds: readonly Feed[] }>) {
  const { at, mode, state: line, lastHeard } = useLine();
  const now = useSecond();
  const primary = feeds.find(({ source }) => source === quote.source) ?? null;
  const state = primary?.state ?? 'DOWN';
  /** While the line is away the desk's time stands still here, and the tick grows old all the same. */
  const away = line.is === 'open' || lastHeard === null ? 0 : Math.max(0, now - lastHeard);
  const age = quote.tickAt === null ? null : Math.max(0, at - quote.tickAt) / 1_000 + away;
  return (
    <li
      data-instrument={quote.instrument}
      className={`min-w-0 rounded-lg [contain:content] [contain-intrinsic-size:auto_6rem] [content-visibility:auto] border border-l-3 border-line bg-panel px-3 py-2 ${EDGE[state]}`}
    >
      <div className="flex items-center gap-2">
        <h3 className="truncate font-semibold">{quote.instrument}</h3>
        <span className="ml-auto" />
        <State of={state} />
      </div>
      <div className="mt-0.5 flex items-baseline gap-3">
        <Figure text={quote.last} className="text-lg font-medium" />
        <span className="ml-auto text-2xs whitespace-nowrap text-faint" title="desk time since its source was last heard with a tick">
          {age === null ? 'no tick yet' : `${span(age)} old`}
        </span>
      </div>
      <dl className="mt-1 grid grid-cols-2 gap-x-3 text-xs max-sm:grid-cols-1">
        <Side name="bid" price={quote.bid} lots={quote.bidLots} />
        <Side name="ask" price={quote.ask} lots={quote.askLots} />
      </dl>
      {feeds
        .filter((feed) => feed.state !== 'HEALTHY' || feed.flags.length > 0)
        .map((feed) => (
          <p key={feed.source} className="mt-1 text-xs text-warn">
            {feeds.length > 1 ? `${feed.source}: ` : ''}
            {[...feed.flags, ...(feed.why === null ? [] : [feed.why])].join(', ') || `${feed.state.toLowerCase()} already`}
            <span className="text-faint">
              {feed.since !== null ? ' · ' : mode === 'REPLAY' ? ' from the beginning' : ' when this gateway began'}
              {feed.since === null ? null : <Since us={feed.since} />}
            </span>
          </p>
        ))}
    </li>
  );
}

const Side = ({ name, price, lots }: Readonly<{ name: string; price: string | null; lots: string | null }>) => (
  <div className="flex items-baseline gap-1.5">
    <dt className="text-faint">{name}</dt>
    <dd className="flex min-w-0 items-baseline gap-1.5">
      <Figure text={price} />
      {lots === null ? null : <Figure text={lots} className="truncate text-2xs text-faint max-sm:hidden" />}
    </dd>
  </div>
);
