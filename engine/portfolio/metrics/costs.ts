/** What trading cost: fees as they were posted, slippage where the run knows it, and what positions cost while they were held. Rebates count against fees. */
import type { Carry, RunResult } from '../../run/result.ts';
import { slippageOf } from '../../run/slippage.ts';
import type { Minor } from '../../values.ts';
import { type Unit, unitOf, value } from '../valuation.ts';
import { type Metric, metric, quotient, undefinedBecause } from './metric.ts';
import { tradedOf } from './trading.ts';

export type Costs = Readonly<{
  /** By how the fill came about; amounts in minor units, positive is paid. */
  maker: Readonly<{ fills: number; fees: Minor }>;
  taker: Readonly<{ fills: number; fees: Minor }>;
  /** Lost, when positive, between what the orders were meant at and what they got; null where that is known of no fill. */
  slippage: Slippage | null;
  /** Of positions while they were held. */
  carry: Carry;
  /** What the fills gained before any fee: realised only. */
  gross: Minor;
}>;

export type Slippage = Readonly<{
  all: Minor;
  /** The parts of it by what was meant: the last price at the decision, a stop, a limit. */
  market: Minor;
  stops: Minor;
  limits: Minor;
  /** Of the fills that are counted: how many, and what they were worth. */
  fills: number;
  traded: Minor;
}>;

export function costsOf(result: RunResult): Costs {
  const part = (maker: boolean) => {
    const fills = result.fills.filter((fill) => fill.maker === maker);
    return { fills: fills.length, fees: fills.reduce((sum, { fee }) => sum + fee, 0n) as Minor };
  };
  return {
    maker: part(true),
    taker: part(false),
    slippage: slippageIn(result),
    carry: result.carry,
    gross: result.fills.reduce((sum, { realised }) => sum + realised, 0n) as Minor,
  };
}

function slippageIn(result: RunResult): Slippage | null {
  const units = new Map(result.instruments.map((instrument) => [instrument.id, unitOf(instrument)]));
  const sums = { market: 0n, stops: 0n, limits: 0n };
  let [fills, traded] = [0, 0n];
  for (const fill of result.fills) {
    const { instrument, lots, price, intended } = fill;
    if (intended === null) continue;
    const unit = units.get(instrument) as Unit;
    const worth = value(unit, lots, price);
    fills += 1;
    traded += worth < 0n ? -worth : worth;
    const part = intended.by === 'market' ? 'market' : intended.by === 'limit' ? 'limits' : 'stops';
    sums[part] += slippageOf(fill, unit) as Minor;
  }
  const { market, stops, limits } = sums as Record<keyof typeof sums, Minor>;
  return fills === 0 ? null : { all: (market + stops + limits) as Minor, market, stops, limits, fills, traded: traded as Minor };
}

export function costMetrics(result: RunResult, costs: Costs): Metric[] {
  const fees = Number(costs.maker.fees + costs.taker.fees);
  const traded = Number(tradedOf(result));
  const gross = Number(costs.gross);
  const { slippage } = costs;
  const unknown = undefinedBecause(result.fills.length === 0 ? 'there is no fill' : 'of no fill it is known what it was meant at');
  return [
    metric({ key: 'fees', name: 'Fees', unit: 'money', formula: 'sum of the fees of all fills; rebates count against them' }, fees, [
      ['maker fees', costs.maker.fees],
      ['taker fees', costs.taker.fees],
    ]),
    metric(
      { key: 'feeRate', name: 'Fees per turnover', unit: 'fraction', formula: 'fees ÷ worth of all fills' },
      quotient(fees, traded, 'nothing was traded'),
      [
        ['fees', costs.maker.fees + costs.taker.fees],
        ['traded', tradedOf(result)],
      ],
    ),
    metric(
      { key: 'feeShare', name: 'Fees per gross gain', unit: 'fraction', formula: 'fees ÷ realised gain before fees' },
      gross > 0 ? fees / gross : undefinedBecause('there is no realised gain before fees'),
      [
        ['fees', costs.maker.fees + costs.taker.fees],
        ['realised before fees', costs.gross],
      ],
    ),
    metric(
      {
        key: 'slippage',
        name: 'Slippage',
        unit: 'money',
        formula:
          'sum over fills of lots × (price − intended price), turned round for sells; intended is the last price as a market order was decided, the stop of a stop order, the limit of a limit order',
      },
      slippage === null ? unknown : Number(slippage.all),
      [
        ['market orders', slippage?.market ?? null],
        ['stops', slippage?.stops ?? null],
        ['limits', slippage?.limits ?? null],
        ['fills counted', slippage?.fills ?? 0],
        ['fills without an intended price', result.fills.length - (slippage?.fills ?? 0)],
      ],
    ),
    metric(
      { key: 'slippageRate', name: 'Slippage per turnover', unit: 'fraction', formula: 'slippage ÷ worth of the fills it is counted over' },
      slippage === null ? unknown : quotient(Number(slippage.all), Number(slippage.traded), 'nothing was traded'),
      [
        ['slippage', slippage?.all ?? null],
        ['traded', slippage?.traded ?? null],
      ],
    ),
    metric(
      { key: 'makerShare', name: 'Maker share', unit: 'fraction', formula: 'fills as maker ÷ fills' },
      quotient(costs.maker.fills, result.fills.length, 'there is no fill'),
      [
        ['fills as maker', costs.maker.fills],
        ['fills', result.fills.length],
      ],
    ),
    ...carryMetrics(costs.carry),
  ];
}

/** Of a run that was charged at all: most markets know neither. */
function carryMetrics({ borrow, funding }: Carry): Metric[] {
  if (borrow === 0n && funding === 0n) return [];
  return [
    metric({ key: 'borrow', name: 'Borrowing', unit: 'money', formula: 'sum of what short positions paid a day' }, Number(borrow), []),
    metric(
      { key: 'funding', name: 'Funding', unit: 'money', formula: 'sum of what positions paid as funding; what they got counts against it' },
      Number(funding),
      [],
    ),
  ];
}
