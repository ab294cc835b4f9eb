/**
 * A run's tables as Parquet files, for Python and SQL: equity, fills, trades, metrics, and what the gate was worth where that was asked. Money and prices are exact decimals, times are µs in
 * UTC, and the run's name and hash stand in each file. The same run gives the same bytes.
 */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type Decimal, MAX_SCALE, minorText, parseDecimal, pow10 } from '#engine/decimal.ts';
import type { Measures } from '#engine/portfolio/metrics/measure.ts';
import type { MetricInput } from '#engine/portfolio/metrics/metric.ts';
import { type Unit, unitOf } from '#engine/portfolio/valuation.ts';
import type { RunFill, RunResult } from '#engine/run/result.ts';
import { slippageOf } from '#engine/run/slippage.ts';
import type { InstrumentId, Minor } from '#engine/values.ts';

export type RunTables = Readonly<Record<'equity' | 'fills' | 'trades' | 'metrics', Uint8Array>> & Readonly<{ gate_value?: Uint8Array }>;

/** What a guard of the gate refused, and what the run without it came to; null where nobody can lift it. */
export type GuardRow = Readonly<{ guard: string; refused: number; moreFills: number | null; value: Minor | null }>;

export function runTables(result: RunResult, measures: Measures, gate: readonly GuardRow[] | null = null): RunTables {
  return {
    equity: table(result, equityColumns(result, measures)),
    fills: table(result, fillColumns(result)),
    trades: table(result, tradeColumns(result, measures)),
    metrics: table(result, metricColumns(result, measures)),
    ...(gate === null ? {} : { gate_value: table(result, gateColumns(result, gate)) }),
  };
}

/** An amount that a 64-bit decimal cannot hold: the message names the column. */
export class TooLarge extends Error {
  override name = 'TooLarge';
}

type Column = Readonly<{ name: string } & Kind>;
type Kind =
  | Readonly<{ kind: 'text'; values: readonly (string | null)[] }>
  | Readonly<{ kind: 'time'; values: readonly (number | null)[] }>
  | Readonly<{ kind: 'whole'; values: readonly (number | null)[] }>
  | Readonly<{ kind: 'real'; values: readonly (number | null)[] }>
  | Readonly<{ kind: 'flag'; values: readonly boolean[] }>
  | Readonly<{ kind: 'decimal'; scale: number; values: readonly (bigint | null)[] }>;

function equityColumns({ equity, currencyScale }: RunResult, { benchmark, performance }: Measures): Column[] {
  const { depth } = performance.underwater;
  const one = Number(pow10(currencyScale));
  const times = Array.from(equity.time);
  return [
    { name: 'time', kind: 'time', values: times },
    { name: 'equity', kind: 'decimal', scale: currencyScale, values: Array.from(equity.minor, BigInt) },
    { name: 'drawdown', kind: 'real', values: times.map((_, i) => depth?.[i] ?? null) },
    {
      name: 'buy_and_hold',
      kind: 'real',
      values: times.map((_, i) => (benchmark === null ? null : (benchmark.series.minor[i] as number) / one)),
    },
  ];
}

function fillColumns(result: RunResult): Column[] {
  const { fills, currencyScale: scale } = result;
  const prices = stepsOf(result, 'tick');
  const quantities = stepsOf(result, 'lot');
  const units = new Map(result.instruments.map((instrument) => [instrument.id, unitOf(instrument)]));
  const price = (name: string, ticks: (fill: RunFill) => number | null): Column => ({
    name,
    kind: 'decimal',
    scale: prices.scale,
    values: fills.map((fill) => {
      const at = ticks(fill);
      return at === null ? null : prices.of(fill.instrument, at);
    }),
  });
  return [
    { name: 'time', kind: 'time', values: fills.map(({ timeUs }) => timeUs) },
    { name: 'address', kind: 'text', values: fills.map(({ address }) => address) },
    { name: 'order', kind: 'text', values: fills.map(({ order }) => order) },
    { name: 'strategy', kind: 'text', values: fills.map(({ strategy }) => strategy) },
    { name: 'instrument', kind: 'text', values: fills.map(({ instrument }) => instrument) },
    { name: 'side', kind: 'text', values: fills.map(({ side }) => side) },
    { name: 'lots', kind: 'whole', values: fills.map(({ lots }) => lots) },
    {
      name: 'quantity',
      kind: 'decimal',
      scale: quantities.scale,
      values: fills.map(({ instrument, lots }) => quantities.of(instrument, lots)),
    },
    { name: 'price_ticks', kind: 'whole', values: fills.map(({ price }) => price) },
    price('price', ({ price: ticks }) => ticks),
    { name: 'fee', kind: 'decimal', scale, values: fills.map(({ fee }) => fee) },
    { name: 'realised', kind: 'decimal', scale, values: fills.map(({ realised }) => realised) },
    { name: 'maker', kind: 'flag', values: fills.map(({ maker }) => maker) },
    { name: 'intended_ticks', kind: 'whole', values: fills.map(({ intended }) => intended?.price ?? null) },
    price('intended_price', ({ intended }) => intended?.price ?? null),
    { name: 'intended_by', kind: 'text', values: fills.map(({ intended }) => intended?.by ?? null) },
    { name: 'slippage', kind: 'decimal', scale, values: fills.map((fill) => slippageOf(fill, units.get(fill.instrument) as Unit)) },
    { name: 'stop_ticks', kind: 'whole', values: fills.map(({ stop }) => stop) },
    price('stop_price', ({ stop }) => stop),
  ];
}

function tradeColumns(result: RunResult, { trades }: Measures): Column[] {
  const { currencyScale: scale } = result;
  const ticks = new Map(result.instruments.map(({ id, tick }) => [id, parseDecimal(tick)]));
  const average = (instrument: InstrumentId, price: number | null) => {
    const { digits, scale: places } = ticks.get(instrument) as Decimal;
    return price === null ? null : (price * Number(digits)) / Number(pow10(places));
  };
  const money = (name: string, of: (trade: (typeof trades)[number]) => bigint | null): Column => ({
    name,
    kind: 'decimal',
    scale,
    values: trades.map(of),
  });
  return [
    { name: 'number', kind: 'whole', values: trades.map(({ number }) => number) },
    { name: 'strategy', kind: 'text', values: trades.map(({ strategy }) => strategy) },
    { name: 'instrument', kind: 'text', values: trades.map(({ instrument }) => instrument) },
    { name: 'side', kind: 'text', values: trades.map(({ side }) => side) },
    { name: 'entry_address', kind: 'text', values: trades.map(({ entry }) => entry) },
    { name: 'exit_address', kind: 'text', values: trades.map(({ exit }) => exit) },
    { name: 'entry_time', kind: 'time', values: trades.map(({ entryTime }) => entryTime) },
    { name: 'exit_time', kind: 'time', values: trades.map(({ exitTime }) => exitTime) },
    { name: 'lots', kind: 'whole', values: trades.map(({ lots }) => lots) },
    { name: 'largest', kind: 'whole', values: trades.map(({ largest }) => largest) },
    { name: 'entry_price', kind: 'real', values: trades.map(({ instrument, entryPrice }) => average(instrument, entryPrice)) },
    { name: 'exit_price', kind: 'real', values: trades.map(({ instrument, exitPrice }) => average(instrument, exitPrice)) },
    money('turnover', ({ turnover }) => turnover),
    money('realised', ({ realised }) => realised),
    money('unrealised', ({ unrealised }) => unrealised),
    money('fees', ({ fees }) => fees),
    money('net', ({ net }) => net),
    money('adverse', ({ excursion }) => excursion.adverse),
    money('favourable', ({ excursion }) => excursion.favourable),
    { name: 'stop_price', kind: 'real', values: trades.map(({ instrument, stop }) => average(instrument, stop)) },
    { name: 'r', kind: 'real', values: trades.map(({ r }) => r) },
    money('slippage', ({ slippage }) => slippage),
  ];
}

/** `value` is null where nobody can lift the guard; what it takes for granted stands in the report. */
const gateColumns = ({ currencyScale: scale }: RunResult, gate: readonly GuardRow[]): Column[] => [
  { name: 'guard', kind: 'text', values: gate.map(({ guard }) => guard) },
  { name: 'refused', kind: 'whole', values: gate.map(({ refused }) => refused) },
  { name: 'fills_without', kind: 'whole', values: gate.map(({ moreFills }) => moreFills) },
  { name: 'value', kind: 'decimal', scale, values: gate.map(({ value }) => value) },
];

/** `value` is null for money, which stands in `money`, and where there is none: then `reason` says why. */
function metricColumns({ currencyScale }: RunResult, { groups }: Measures): Column[] {
  const metrics = groups.flatMap(({ name, metrics: of }) => of.map((metric) => ({ ...metric, group: name })));
  return [
    { name: 'key', kind: 'text', values: metrics.map(({ key }) => key) },
    { name: 'group', kind: 'text', values: metrics.map(({ group }) => group) },
    { name: 'name', kind: 'text', values: metrics.map(({ name }) => name) },
    { name: 'unit', kind: 'text', values: metrics.map(({ unit }) => unit) },
    { name: 'value', kind: 'real', values: metrics.map(({ unit, value }) => (unit === 'money' ? null : value)) },
    {
      name: 'money',
      kind: 'decimal',
      scale: currencyScale,
      values: metrics.map(({ unit, value }) => (unit === 'money' && value !== null ? BigInt(Math.round(value)) : null)),
    },
    { name: 'formula', kind: 'text', values: metrics.map(({ formula }) => formula) },
    { name: 'inputs', kind: 'text', values: metrics.map(({ inputs }) => inputsJson(inputs, currencyScale)) },
    { name: 'reason', kind: 'text', values: metrics.map(({ reason }) => reason) },
  ];
}

/** As JSON: `[["mean daily return", 0.001], …]`, money as decimal strings. */
function inputsJson(inputs: readonly MetricInput[], scale: number): string {
  return JSON.stringify(inputs.map(([name, value]) => [name, typeof value === 'bigint' ? minorText(value as Minor, scale) : value]));
}

/** Steps of each instrument as decimals of one scale, the finest among them. */
function stepsOf({ instruments }: RunResult, which: 'tick' | 'lot') {
  const steps = new Map(instruments.map((instrument) => [instrument.id, parseDecimal(instrument[which])]));
  const scale = [...steps.values()].reduce((most, step) => Math.max(most, step.scale), 0);
  return {
    scale,
    of: (instrument: InstrumentId, count: number): bigint => {
      const step = steps.get(instrument) as Decimal;
      return BigInt(count) * step.digits * pow10(scale - step.scale);
    },
  };
}

// ── Writing ──

const PRECISION = 18; // digits that 64 bits always hold
const LARGEST = pow10(PRECISION) - 1n;

function table(result: RunResult, columns: readonly Column[]): Uint8Array {
  const buffer = parquetWriteBuffer({
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(elementOf)],
    columnData: columns.map((column) => ({ name: column.name, data: dataOf(column) })),
    kvMetadata: [
      { key: 'run', value: result.run },
      { key: 'run_hash', value: result.runHash },
      { key: 'strategy', value: result.strategy },
      { key: 'currency', value: result.currency },
    ],
    createdBy: 'retrace',
  });
  return new Uint8Array(buffer);
}

function elementOf(column: Column) {
  const base = { name: column.name, repetition_type: 'OPTIONAL' as const };
  switch (column.kind) {
    case 'text':
      return { ...base, type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const };
    case 'time':
      return {
        ...base,
        type: 'INT64' as const,
        logical_type: { type: 'TIMESTAMP' as const, isAdjustedToUTC: true, unit: 'MICROS' as const },
      };
    case 'whole':
      return { ...base, type: 'INT64' as const };
    case 'real':
      return { ...base, type: 'DOUBLE' as const };
    case 'flag':
      return { ...base, type: 'BOOLEAN' as const };
    case 'decimal':
      return {
        ...base,
        type: 'INT64' as const,
        converted_type: 'DECIMAL' as const,
        scale: Math.min(column.scale, MAX_SCALE),
        precision: PRECISION,
      };
  }
}

function dataOf(column: Column): unknown[] {
  if (column.kind === 'whole' || column.kind === 'time') return column.values.map((value) => (value === null ? null : BigInt(value)));
  if (column.kind === 'decimal') {
    for (const value of column.values) {
      if (value !== null && (value > LARGEST || value < -LARGEST))
        throw new TooLarge(`${column.name}: ${value} needs more than ${PRECISION} digits; write the JSON report instead`);
    }
  }
  return [...column.values];
}
