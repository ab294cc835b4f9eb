/** What a finished backtest says: the figures a person reads first, and the whole ledger for a program. */
import { minorText, parseDecimal, priceText } from '#engine/decimal.ts';
import type { Instrument } from '#engine/market/instrument.ts';
import type { Metric } from '#engine/portfolio/metrics/metric.ts';
import type { RunResult } from '#engine/run/result.ts';
import type { PriceTicks } from '#engine/values.ts';
import { type Answer, Refused } from '../answer.ts';
import { grouped } from '../screen/desk-screen.ts';
import type { Backtested } from './backtest-session.ts';

export function answerOf(done: Backtested | null, tookMs: number): Answer {
  if (done === null) throw new Refused(1, ['stopped; nothing of it was kept'], 'npx retrace backtest --help');
  const { entry, result, measures, again, faulted } = done;
  const { id, runHash, ticks, bars, orders, fills, equity, currency } = entry;
  const n = (value: number) => grouped(String(value));
  const rate = Math.round((ticks * 1000) / Math.max(1, tookMs));
  return {
    ok: faulted.length === 0,
    fields: {
      run: id,
      runHash,
      ticks,
      bars,
      orders,
      fills,
      equity,
      currency,
      ledger: ledgerOf(result),
      metrics: Object.fromEntries(
        measures.groups.map(({ name, metrics }) => [name, Object.fromEntries(metrics.map((metric) => [metric.key, told(metric, result)]))]),
      ),
      again,
      faulted,
      took: { ms: Math.round(tookMs), ticksPerSecond: rate },
    },
    text: [
      `${n(ticks)} facts, ${n(bars)} bars, ${n(orders)} orders, ${n(fills)} fills in ${(tookMs / 1000).toFixed(2)} s; equity ${grouped(equity)} ${currency}`,
      ...faulted.map((each) => `${each} threw and was stopped: what it would have done after that is not in these figures`),
      ...(faulted.length === 0 && orders === 0
        ? ['no order was wanted: is the strategy made for this data, and is there enough of it?']
        : []),
      ...(orders > 0 && fills === 0 ? ['no order was filled: --fills whole takes no notice of the lots that were traded'] : []),
      `run ${id}${again ? ' (the same as before, hash for hash)' : ''}`,
      `next: npx retrace report ${id}`,
    ],
  };
}

/** Money as decimal text, as everywhere. */
function told({ value, unit }: Metric, { currencyScale }: RunResult): number | string | null {
  if (value === null) return null;
  return unit === 'money' ? minorText(BigInt(Math.round(Number(value))) as never, currencyScale) : Number(value);
}

export function ledgerOf({ fills, instruments, currencyScale }: RunResult): readonly object[] {
  const ticks = new Map(instruments.map((instrument: Instrument) => [instrument.id, parseDecimal(instrument.tick)]));
  return fills.map(({ address, timeUs, instrument, side, lots, price, fee, realised, order, maker }) => ({
    ...{ address, timeUs, instrument, side, lots },
    price: priceText(price as PriceTicks, ticks.get(instrument)!),
    fee: minorText(fee, currencyScale),
    realised: minorText(realised, currencyScale),
    ...{ order, maker },
  }));
}
