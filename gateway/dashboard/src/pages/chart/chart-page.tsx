/** One instrument: its candles in every version, what was ordered, filled and refused at which price, and its trades. */
import { useNavigate } from '@tanstack/react-router';
import { CandlestickChart, X } from 'lucide-react';
import { type FormEvent, lazy, Suspense, useMemo, useState } from 'react';
import type { RestCandle } from '#gateway/contracts/rest-market.ts';
import type { RestFill } from '#gateway/contracts/rest-orders.ts';
import { type Instrument, pathOf, type Refusals, useAsked, useInstruments } from '../../asked.ts';
import { useRows } from '../../live/live.ts';
import { useActions } from '../../shell/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Figure } from '../../ui/figure.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Page, Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { WhyLink } from '../../ui/why-link.tsx';
import { useView } from '../../view.ts';
import { decimalsOf } from '../orders/decimal-text.ts';
import { ENDS } from '../orders/order-states.ts';
import type { Level } from './candle-chart.tsx';
import { type Drawn, formingOf, seriesOf, timeframeName } from './candle-series.ts';
import { Depth } from './depth.tsx';
import { type Indicator, indicatorsIn, KINDS, LONGEST, nameOf } from './indicators.ts';
import { type Mark, marksOf } from './marks.ts';
import { Reading } from './reading.tsx';
import { Tape } from './tape.tsx';

const CandleChart = lazy(() => import('./candle-chart.tsx').then(({ CandleChart }) => ({ default: CandleChart })));
const STANDARD = 'ema12,ema26';
const HISTORY = 500;
const SELECT = 'h-7 rounded-[5px] border border-edge bg-ground px-1.5 text-sm';

export function ChartPage() {
  const [view, change] = useView();
  const asked = useInstruments();
  const all = asked.data?.items ?? [];
  const chosen = all.find(({ instrument }) => instrument === view['instrument']) ?? all[0] ?? null;
  const step = (by: number): void => {
    const next = chosen === null ? undefined : all[(all.indexOf(chosen) + by + all.length) % all.length];
    if (next !== undefined) change({ instrument: next.instrument, tf: null });
  };
  useActions([
    { id: 'next-instrument', name: 'The next instrument', group: 'Chart', keys: ']', run: () => step(1) },
    { id: 'previous-instrument', name: 'The one before', group: 'Chart', keys: '[', run: () => step(-1) },
  ]);
  if (asked.error !== null)
    return (
      <Page title="Chart">
        <Failed error={asked.error} again={() => void asked.refetch()} />
      </Page>
    );
  return (
    <Page title="Chart" className="lg:h-full">
      {asked.data === undefined ? (
        <Panel title="Chart">
          <Loading lines={8} />
        </Panel>
      ) : chosen === null ? (
        <Panel title="Chart">
          <Empty icon={CandlestickChart} title="No instrument is defined yet." />
        </Panel>
      ) : (
        <OfInstrument key={chosen.instrument} of={chosen} all={all} />
      )}
    </Page>
  );
}

function OfInstrument({ of, all }: Readonly<{ of: Instrument; all: readonly Instrument[] }>) {
  const [view, change] = useView();
  const navigate = useNavigate();
  const { instrument } = of;
  const timeframeUs = of.timeframesUs.find((us) => timeframeName(us) === view['tf']) ?? of.timeframesUs[0] ?? null;
  const source = of.feeds.find(({ primary }) => primary)?.source ?? of.feeds[0]?.source ?? '';
  const history = useAsked<{ items: RestCandle[] }>(
    timeframeUs === null
      ? null
      : pathOf('/api/v1/candles', { instrument, timeframe: timeframeUs, order: 'newest', limit: HISTORY, versions: 'all' }),
  );
  const live = useRows('candles', instrument);
  const trades = useRows('trades', instrument);
  const bars = useMemo((): readonly Drawn[] => {
    if (timeframeUs === null) return [];
    const closed = seriesOf(
      history.data?.items ?? [],
      live.rows.map(({ row }) => row),
      source,
      timeframeUs,
    );
    const last = closed.at(-1);
    const forming =
      last === undefined
        ? null
        : formingOf(
            trades.rows.map(({ row }) => row),
            last,
            timeframeUs,
          );
    return forming === null ? closed : [...closed, forming];
  }, [history.data, live.rows, trades.rows, source, timeframeUs]);
  const marks = useMarks(of, bars[0]?.start ?? null);
  const levels = useLevels(instrument);
  const [pointed, setPointed] = useState<number | null>(null);
  const indicators = indicatorsIn(view['lines'] ?? STANDARD);
  const bar = bars.find(({ start }) => start === pointed) ?? bars.at(-1) ?? null;
  return (
    <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[minmax(0,1fr)_17rem]">
      <div className="flex min-h-0 flex-col gap-2">
        <Panel
          title={instrument}
          className="min-h-0 flex-1 max-lg:h-[32rem] max-lg:flex-none"
          bodyClass="flex flex-col"
          tools={
            <>
              <select
                aria-label="Instrument"
                value={instrument}
                onChange={({ target }) => change({ instrument: target.value, tf: null })}
                className={SELECT}
              >
                {all.map((one) => (
                  <option key={one.instrument}>{one.instrument}</option>
                ))}
              </select>
              <fieldset className="flex gap-1">
                <legend className="sr-only">Length of the candles</legend>
                {of.timeframesUs.map((us) => (
                  <Button
                    small
                    key={us}
                    aria-pressed={us === timeframeUs}
                    look={us === timeframeUs ? 'main' : 'quiet'}
                    onClick={() => change({ tf: timeframeName(us) })}
                  >
                    {timeframeName(us)}
                  </Button>
                ))}
              </fieldset>
            </>
          }
        >
          <Lines now={indicators} set={(lines) => change({ lines: lines.map(nameOf).join(',') || 'none' })} />
          <div className="min-h-9 border-b border-line/60 px-3 py-1">
            <Reading of={bar} />
          </div>
          <div className="relative min-h-0 flex-1">
            {timeframeUs === null ? (
              <Empty icon={CandlestickChart} title="The desk keeps no candles of it.">
                Candles are kept where a strategy listens to them. Its trades stand beside.
              </Empty>
            ) : bars.length === 0 ? (
              history.error !== null ? (
                <Failed error={history.error} again={() => void history.refetch()} />
              ) : history.data === undefined || !live.known ? (
                <Loading lines={8} what="Reading candles" />
              ) : (
                <Empty icon={CandlestickChart} title="No candle has closed yet." />
              )
            ) : (
              <Suspense fallback={<Loading lines={8} what="Loading the chart" />}>
                <CandleChart
                  {...{ bars, indicators, marks, levels }}
                  label={`${instrument}, ${timeframeName(timeframeUs)} candles; arrows walk, plus and minus zoom. The same stands below as a table.`}
                  digits={decimalsOf(of.tick)}
                  tick={Number(of.tick)}
                  point={setPointed}
                  open={(address) => void navigate({ to: '/explain', search: { what: address } } as never)}
                />
              </Suspense>
            )}
          </div>
          <p className="flex flex-wrap gap-x-3 border-t border-line/60 px-3 py-1 text-2xs text-faint">
            <span>
              {history.isFetching
                ? 'reading older candles from the journal …'
                : history.error !== null && bars.length > 0
                  ? 'older candles could not be read; these are what is told live'
                  : `${bars.length} candles of ${source}`}
            </span>
            {indicators.length === 0 ? null : <span>lines are computed here from the journal’s candles, from the first one shown</span>}
            <span className="ml-auto">
              drawn by{' '}
              <a href="https://www.tradingview.com/" rel="noreferrer" target="_blank" className="underline">
                TradingView Lightweight Charts™
              </a>
            </span>
          </p>
        </Panel>
        <InWords bars={bars} marks={marks} />
      </div>
      <div className="flex min-h-0 flex-col gap-2">
        <Depth instrument={instrument} />
        <Tape told={trades} />
      </div>
    </div>
  );
}

/** Fills and refusals from the first candle on: of the journal, and what the desk told since. */
function useMarks(of: Instrument, from: number | null): readonly Mark[] {
  // asked for once, from the first candle that was known: later ones need no other question
  const [since, setSince] = useState<number | null>(null);
  if (since === null && from !== null) setSince(from);
  const { instrument } = of;
  const fills = useAsked<{ items: RestFill[] }>(since === null ? null : pathOf('/api/v1/fills', { instrument, from: since, limit: 1_000 }));
  const refusals = useAsked<Refusals>(since === null ? null : pathOf('/api/v1/refusals', { instrument, from: since, limit: 500 }));
  const decisions = useRows('decisions');
  return useMemo(
    () =>
      marksOf(
        fills.data?.items ?? [],
        refusals.data?.items ?? [],
        decisions.rows.map(({ key, row }) => [key, row] as const),
        of,
      ),
    [fills.data, refusals.data, decisions.rows, of],
  );
}

function useLevels(instrument: string): readonly Level[] {
  const orders = useRows('orders');
  const text = orders.rows
    .filter(({ row }) => row.instrument === instrument && !ENDS.has(row.state))
    .flatMap(({ row }) =>
      (['limit', 'stop'] as const).flatMap((name) =>
        row[name] === null
          ? []
          : [[row.order + name, row[name], `${row.side} ${row.lots} ${name}${row.state === 'LIVE' ? '' : ` ${row.state}`}`, row.side]],
      ),
    );
  const key = JSON.stringify(text);
  return useMemo(
    () =>
      (JSON.parse(key) as [string, string, string, 'buy' | 'sell'][]).map(([one, price, title, side]) => ({
        key: one,
        price,
        title,
        side,
      })),
    [key],
  );
}

function Lines({ now, set }: Readonly<{ now: readonly Indicator[]; set: (lines: readonly Indicator[]) => void }>) {
  const [kind, setKind] = useState<Indicator['kind']>('rsi');
  const [length, setLength] = useState('14');
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const [one] = indicatorsIn(`${kind}${length}`);
    if (one !== undefined && !now.some((other) => nameOf(other) === nameOf(one))) set([...now, one]);
  };
  return (
    <form onSubmit={add} aria-label="Lines" className="flex flex-wrap items-center gap-1 border-b border-line/60 px-3 py-1">
      {now.map((one) => (
        <span key={nameOf(one)} className="inline-flex h-6 items-center gap-1 rounded-full border border-edge bg-raised pr-1 pl-2 text-2xs">
          {one.kind.toUpperCase()} {one.length}
          <button
            type="button"
            aria-label={`Take ${nameOf(one)} away`}
            onClick={() => set(now.filter((other) => other !== one))}
            className="text-faint hover:text-ink"
          >
            <X aria-hidden className="size-3" />
          </button>
        </span>
      ))}
      <select
        aria-label="Kind of line"
        value={kind}
        onChange={({ target }) => setKind(target.value as Indicator['kind'])}
        className={`${SELECT} h-6 text-2xs`}
      >
        {KINDS.map((one) => (
          <option key={one} value={one}>
            {one.toUpperCase()}
          </option>
        ))}
      </select>
      <input
        aria-label="Its length in candles"
        inputMode="numeric"
        value={length}
        onChange={({ target }) => setLength(target.value)}
        className={`${SELECT} figure h-6 w-12 text-2xs`}
      />
      <Button small type="submit" blocked={indicatorsIn(`${kind}${length}`).length === 0 ? `a length from 1 to ${LONGEST}` : null}>
        Add
      </Button>
    </form>
  );
}

const SHOWN = 60;

/** The same as a table: for those who read rather than look, and to copy from. */
function InWords({ bars, marks }: Readonly<{ bars: readonly Drawn[]; marks: readonly Mark[] }>) {
  const rows = bars.slice(-SHOWN).reverse();
  return (
    <details className="shrink-0 rounded-lg border border-line bg-panel">
      <summary className="px-3 py-1.5 text-xs text-dim">
        As tables: the newest candles, and {marks.filter(({ kind }) => kind === 'fill').length} fills and{' '}
        {marks.filter(({ kind }) => kind === 'refusal').length} refusals
      </summary>
      <div className="grid max-h-72 grid-cols-2 gap-2 overflow-hidden max-lg:grid-cols-1">
        <Table
          label="Candles, newest first"
          rows={rows}
          keyOf={({ start }) => String(start)}
          columns={[
            { name: 'From', cell: ({ start }) => <Moment us={start} detail="seconds" /> },
            { name: 'Open', right: true, wide: true, cell: ({ open }) => <Figure text={open} /> },
            { name: 'High', right: true, cell: ({ high }) => <Figure text={high} /> },
            { name: 'Low', right: true, cell: ({ low }) => <Figure text={low} /> },
            { name: 'Close', right: true, cell: ({ close }) => <Figure text={close} /> },
            {
              name: '',
              cell: ({ forming, version, complete }) => (
                <span className="text-xs text-faint">
                  {forming ? 'not closed' : version > 1 ? `version ${version}` : complete ? '' : 'ticks missing'}
                </span>
              ),
            },
          ]}
        />
        <Table
          label="Fills and refusals, newest first"
          rows={marks.slice(-SHOWN).reverse()}
          keyOf={({ address }) => address}
          columns={[
            { name: 'At', cell: ({ at }) => <Moment us={at} /> },
            { name: 'What', cell: ({ kind, side }) => `${kind === 'fill' ? '' : 'refused: '}${side}` },
            { name: 'Lots', right: true, cell: ({ lots }) => <Figure text={lots} /> },
            { name: 'Price', right: true, cell: ({ price }) => <Figure text={price} /> },
            { name: 'Why', cell: ({ address }) => <WhyLink of={address} /> },
          ]}
        />
      </div>
    </details>
  );
}
