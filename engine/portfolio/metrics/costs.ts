/** What trading cost: fees as they were posted, slippage where the run knows it, and what positions cost while they were held. Rebates count against fees. */
import type { Carry, RunResult } from '../../run/result.ts';
import type { Minor } from '../../values.ts';
import { type Metric, metric, quotient, undefinedBecause } from './metric.ts';
import { tradedOf } from './trading.ts';

export type Costs = Readonly<{
  /** By how the fill came about; amounts in minor units, positive is paid. */
  maker: Readonly<{ fills: number; fees: Minor }>;
  taker: Readonly<{ fills: number; fees: Minor }>;
  /** null: not known. */
  slippage: Minor | null;
  /** Of positions while they were held. */
  carry: Carry;
  /** What the fills gained before any fee: realised only. */
  gross: Minor;
}>;

export function costsOf(result: RunResult, slippage: Minor | null): Costs {
  const part = (maker: boolean) => {
    const fills = result.fills.filter((fill) => fill.maker === maker);
    return { fills: fills.length, fees: fills.reduce((sum, { fee }) => sum + fee, 0n) as Minor };
  };
  return {
    maker: part(true),
    taker: part(false),
    slippage,
    carry: result.carry,
    gross: result.fills.reduce((sum, { realised }) => sum + realised, 0n) as Minor,
  };
}

export function costMetrics(result: RunResult, costs: Costs): Metric[] {
  const fees = Number(costs.maker.fees + costs.taker.fees);
  const traded = Number(tradedOf(result));
  const gross = Number(costs.gross);
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
        formula: 'sum over fills of lots × (price paid − price when the order was decided), turned round for sells',
      },
      costs.slippage === null ? undefinedBecause('the prices at which the orders were decided are not known') : Number(costs.slippage),
      [],
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
