/** What an order that is being written still lacks, field by field, before it is asked for. Whether it may go out is the desk's to say, not decided here. */
import type { Instrument } from '../../asked.ts';
import { nearest, stepsOf } from './decimal-text.ts';

export const TYPES = ['market', 'limit', 'stop', 'stop-limit'] as const;
export const TIMES = ['GTC', 'IOC', 'FOK'] as const;
export type Ticket = Readonly<{
  account: string;
  instrument: string;
  side: 'buy' | 'sell';
  type: (typeof TYPES)[number];
  lots: string;
  limit: string;
  stop: string;
  timeInForce: (typeof TIMES)[number];
  postOnly: boolean;
  reduceOnly: boolean;
}>;
export type TicketField = 'account' | 'instrument' | 'lots' | 'limit' | 'stop' | 'timeInForce' | 'postOnly';
export type Faults = Partial<Record<TicketField, string>>;
type Terms = Pick<Instrument, 'tick' | 'lot'>;

export const hasLimit = (type: string): boolean => type === 'limit' || type === 'stop-limit';
export const hasStop = (type: string): boolean => type === 'stop' || type === 'stop-limit';
/** What may be said beside its prices: a market or limit order may be at once, a limit order may only rest. */
export const timesOf = (type: string): readonly Ticket['timeInForce'][] => (type === 'market' || type === 'limit' ? TIMES : ['GTC']);
export const mayRest = ({ type, timeInForce }: Pick<Ticket, 'type' | 'timeInForce'>): boolean => type === 'limit' && timeInForce === 'GTC';

export function faultsOf(ticket: Ticket, terms: Terms | null): Faults {
  const faults: Faults = {};
  if (ticket.account === '') faults.account = 'choose an account';
  if (terms === null) return { ...faults, instrument: 'choose an instrument' };
  Object.assign(
    faults,
    faultsOfChange(
      { ...ticket, limit: hasLimit(ticket.type) ? ticket.limit : null, stop: hasStop(ticket.type) ? ticket.stop : null },
      terms,
    ),
  );
  if (!timesOf(ticket.type).includes(ticket.timeInForce)) faults.timeInForce = `a ${ticket.type} order waits for its stop: GTC`;
  if (ticket.postOnly && !mayRest(ticket)) faults.postOnly = 'only a limit order that is good till cancelled can only rest';
  return faults;
}

/** Of other terms of an order that works. Null: it has no such price. */
export function faultsOfChange(
  { lots, limit, stop }: Readonly<{ lots: string; limit: string | null; stop: string | null }>,
  { tick, lot }: Terms,
): Faults {
  const faults: Faults = {};
  const least = stepFault(lots, lot, 'lot');
  if (least !== null) faults.lots = least;
  else if ((stepsOf(lots, lot) ?? 0n) <= 0n) faults.lots = `at least one lot, ${lot}`;
  for (const [name, text] of [
    ['limit', limit],
    ['stop', stop],
  ] as const) {
    if (text === null) continue;
    const fault = stepFault(text, tick, 'tick');
    if (fault !== null) faults[name] = fault;
  }
  return faults;
}

function stepFault(text: string, step: string, name: string): string | null {
  if (text.trim() === '') return 'is missing';
  if (stepsOf(text, step) !== null) return null;
  const near = nearest(text, step);
  return near === null ? 'is no decimal number like 12.50' : `is between two steps of the ${name}, ${step}: ${near[0]} or ${near[1]}`;
}

/** As it is sent: what its type does not have is null. */
export const bodyOf = (ticket: Ticket) => ({
  ...ticket,
  lots: ticket.lots.trim(),
  limit: hasLimit(ticket.type) ? ticket.limit.trim() : null,
  stop: hasStop(ticket.type) ? ticket.stop.trim() : null,
  postOnly: ticket.postOnly && mayRest(ticket),
});
