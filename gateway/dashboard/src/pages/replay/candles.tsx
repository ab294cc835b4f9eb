/** The candles of an instrument as they had closed by the clock, with what was filled and refused up to there. */
import { useNavigate } from '@tanstack/react-router';
import { CandlestickChart } from 'lucide-react';
import { lazy, Suspense, useMemo } from 'react';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { useRows } from '../../live/live.ts';
import type { Told } from '../../live/store.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Loading } from '../../ui/states.tsx';
import { useExplained } from '../../ui/why-link.tsx';
import { useView } from '../../view.ts';
import { seriesOf, timeframeName } from '../chart/candle-series.ts';
import type { Mark } from '../chart/marks.ts';
import { decimalsOf } from '../orders/decimal-text.ts';

const CandleChart = lazy(() => import('../chart/candle-chart.tsx').then(({ CandleChart }) => ({ default: CandleChart })));
const NO_LINES: readonly never[] = [];

export function Candles() {
  const quotes = useRows('quotes');
  const [view, change] = useView();
  const instruments = quotes.rows.map(({ row }) => row);
  const chosen = instruments.find(({ instrument }) => instrument === view['chart']) ?? instruments[0] ?? null;
  return (
    <Panel
      title="Candles"
      className="min-h-72 flex-1"
      bodyClass="flex flex-col"
      tools={instruments.map(({ instrument }) => (
        <Button
          small
          key={instrument}
          aria-pressed={instrument === chosen?.instrument}
          look={instrument === chosen?.instrument ? 'main' : 'quiet'}
          onClick={() => change({ chart: instrument })}
        >
          {instrument}
        </Button>
      ))}
    >
      {chosen === null ? (
        quotes.known ? (
          <Empty icon={CandlestickChart} title="No instrument is defined yet at this moment." />
        ) : (
          <Loading lines={6} />
        )
      ) : (
        <Of key={chosen.instrument} instrument={chosen.instrument} source={chosen.source} />
      )}
    </Panel>
  );
}

function Of({ instrument, source }: Readonly<{ instrument: string; source: string }>) {
  const navigate = useNavigate();
  const explained = useExplained();
  const told = useRows('candles', instrument);
  const decisions = useRows('decisions');
  const [view, change] = useView();
  const frames = [...new Set(told.rows.map(({ row }) => row.timeframeUs))].sort((a, b) => a - b);
  const timeframe = frames.find((us) => timeframeName(us) === view['tf']) ?? frames[0] ?? null;
  const bars = useMemo(
    () =>
      timeframe === null
        ? []
        : seriesOf(
            [],
            told.rows.map(({ row }) => row),
            source,
            timeframe,
          ),
    [told, source, timeframe],
  );
  const marks = useMemo(() => decisions.rows.flatMap((one) => markOf(one, instrument)), [decisions, instrument]);
  const digits = bars.slice(-50).reduce((most, { close }) => Math.max(most, decimalsOf(close)), 0);
  if (!told.known) return <Loading lines={6} />;
  if (bars.length === 0 || timeframe === null)
    return (
      <Empty icon={CandlestickChart} title="No candle had closed yet.">
        Play on, or step to the next candle.
      </Empty>
    );
  return (
    <>
      {frames.length < 2 ? null : (
        <fieldset className="flex gap-1 border-b border-line/60 px-3 py-1">
          <legend className="sr-only">Length of the candles</legend>
          {frames.map((us) => (
            <Button
              small
              key={us}
              aria-pressed={us === timeframe}
              look={us === timeframe ? 'main' : 'quiet'}
              onClick={() => change({ tf: timeframeName(us) })}
            >
              {timeframeName(us)}
            </Button>
          ))}
        </fieldset>
      )}
      <div className="relative min-h-60 flex-1" data-candles={bars.length}>
        <Suspense fallback={<Loading lines={6} what="Loading the chart" />}>
          <CandleChart
            {...{ bars, marks, digits }}
            indicators={NO_LINES}
            levels={NO_LINES}
            tick={10 ** -digits}
            label={`${instrument}, ${timeframeName(timeframe)} candles up to the clock; the last closed at ${bars.at(-1)!.close}`}
            point={() => {}}
            open={(address) => {
              if (explained) void navigate({ to: '/explain', search: { what: address } } as never);
            }}
          />
        </Suspense>
      </div>
      <p className="border-t border-line/60 px-3 py-1 text-2xs text-faint">
        {bars.length} {timeframeName(timeframe)} candles of {source} up to here; drawn by{' '}
        <a href="https://www.tradingview.com/" rel="noreferrer" target="_blank" className="underline">
          TradingView Lightweight Charts™
        </a>
      </p>
    </>
  );
}

/** Drawn above or below its candle: a record tells prices in ticks, and what a tick is stands in another journal's terms. */
function markOf({ key, row }: Told<RowOf<'decisions'>>, instrument: string): Mark[] {
  const fill = row.type === 'OrderFilled';
  if ((!fill && row.type !== 'OrderRefused') || row['instrument'] !== instrument) return [];
  const side = row['side'] === 'sell' ? 'sell' : 'buy';
  return [{ address: key, at: row.at, kind: fill ? 'fill' : 'refusal', side, lots: '', price: null, said: row.said }];
}
