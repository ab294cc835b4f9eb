/** The clauses of approve() as a trader would say them, passed or failed, with the numbers they compared. */
import type { ClauseResult } from '#engine/decisions.ts';
import { list, type Measures, span } from './words.ts';

/** Whose order it was. */
export type Judged = Readonly<{ account: string; strategy: string; instrument: string; side: string; orderType: string; lots: number }>;
/** Why a gate stood where it stood; null where that is not known. */
export type GateReasons = (scope: string, of: string) => string | null;

type Values = Readonly<Record<string, number | bigint | string>>;

/** What a clause found: `the gate of BTC-USD was CANCEL_ONLY because …`. */
export function tellClause({ clause, ok, numbers }: ClauseResult, order: Judged, measures: Measures, reasons: GateReasons): string {
  const values: Values = Object.fromEntries(numbers);
  const { instrument, account } = order;
  const price = (value: number | bigint | string): string => (typeof value === 'number' ? measures.price(instrument, value) : `${value}`);
  const lots = (value: number | bigint | string): string => (typeof value === 'number' ? measures.quantity(instrument, value) : `${value}`);
  const worth = (value: number | bigint | string): string => (typeof value === 'bigint' ? measures.worth(instrument, value) : `${value}`);
  const money = (value: number | bigint | string): string => (typeof value === 'bigint' ? measures.money(account, value) : `${value}`);
  const time = (value: number | bigint | string): string => (typeof value === 'number' ? span(value) : `${value}`);
  const { limit = 'none', asked = 'none', scope = '' } = values;
  const whose = `of the ${scope}`;
  switch (clause) {
    case 'gate':
      return tellGates(values, order, reasons, ok);
    case 'validity':
      return ok
        ? 'the order was well formed'
        : `the order was not well formed: ${numbers.map(([name, value]) => `${name} ${value}`).join(', ')}`;
    case 'collar':
      if (values['reference'] === 'none') return `there was no price to hold the collar ${whose} against`;
      return `its price ${price(asked)} was ${ok ? 'within' : 'further than'} ${limit} ‰ ${ok ? 'of' : 'from'} the last price ${price(values['reference'])}, the collar ${whose}`;
    case 'quantity':
      return `its quantity ${lots(asked)} was ${ok ? 'within' : 'more than'} the ${lots(limit)} an order ${whose} may have`;
    case 'notional':
      if (asked === 'none') return `it could not be valued, and the ${scope} limits an order to ${worth(limit)}`;
      return `it was worth ${worth(asked)}, ${ok ? 'within' : 'more than'} the ${worth(limit)} an order ${whose} may be`;
    case 'position':
      return `with all that works the position could become ${lots(asked)}, ${ok ? 'within' : 'beyond'} the ${lots(limit)} the ${scope} may hold`;
    case 'daily-loss':
      return `the day's loss ${whose} was ${money(asked)}${ok ? ', short of' : ', and the limit is'} ${money(limit)}`;
    case 'rate':
      return `it was order ${asked} within a second where the ${scope} allows ${limit}`;
    case 'duplicate':
      if (values['age'] === 'none') return `no equal order came before it within ${time(limit)}`;
      return `an equal order was approved ${time(values['age'])} before${ok ? ', longer than' : ', within'} the ${time(limit)} ${whose}`;
    case 'stale-data':
      return tellStale(values, time, ok);
    case 'budget':
      return `with it the exposure would be ${money(asked)}, ${ok ? 'within' : 'more than'} the budget of ${money(limit)}`;
    case 'reduce-only':
      return `it ${ok ? 'reduces' : 'was to reduce only, and does not reduce,'} the position of ${lots(values['position'])}`;
    case 'venue': {
      const terms = `${values['type']} orders${values['timeInForce'] === 'GTC' ? '' : ` of ${values['timeInForce']}`}${values['postOnly'] === 'yes' ? ' that only rest' : ''}`;
      return ok ? `its venue takes ${terms}` : `its venue takes no ${terms}: ask for another kind, or trade it at the pure venue`;
    }
  }
}

function tellStale(values: Values, time: (value: number | bigint | string) => string, ok: boolean): string {
  const { feed, limit, asked = 'none', binds } = values;
  const old = asked === 'none' ? 'no tick had come yet' : `the last tick was ${time(asked)} old`;
  const late =
    limit === undefined || asked === 'none' ? '' : `, ${Number(asked) > Number(limit) ? 'more than' : 'within'} the ${time(limit)} allowed`;
  // what failed alone, or everything
  const parts = [
    ...(ok || late.includes('more') || asked === 'none' ? [`${old}${late}`] : []),
    ...(ok || feed === 'DOWN' ? [`the feed was ${feed}`] : []),
  ];
  return `${list(parts)}${binds === 'no' ? ', which does not bind a reducing order' : ''}`;
}

function tellGates(values: Values, { account, strategy, instrument }: Judged, reasons: GateReasons, ok: boolean): string {
  if (ok) return 'every gate let it through';
  const names: Readonly<Record<string, string>> = { global: '*', account, strategy, instrument };
  const shut = Object.entries(values).filter(([scope, state]) => scope in names && state !== 'OPEN');
  return list(
    shut.map(([scope, state]) => {
      const why = reasons(scope, names[scope]);
      return `${gateName(scope, names[scope])} was ${state}${why === null ? '' : ` because ${why}`}`;
    }),
  );
}

export const gateName = (scope: string, of: string): string => (scope === 'global' ? 'the global gate' : `the gate of ${of}`);
