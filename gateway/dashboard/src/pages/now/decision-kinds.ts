/** Which decisions belong together for whoever reads along, and which are shown unless more is asked for. */

export const KINDS = {
  orders: ['OrderApproved', 'OrderAdopted'],
  fills: ['OrderFilled'],
  refusals: ['OrderRefused'],
  alerts: ['Alerted'],
  gate: ['GateMoved', 'SessionMoved', 'ReconciliationNeeded', 'DifferenceFound'],
  commands: ['CommandAnswered', 'Defined', 'BudgetChanged'],
  feeds: ['FeedMoved', 'TickRejected', 'TickTooLate', 'TicksRefusedNoted'],
  strategies: ['StrategyMoved', 'StrategyWoke'],
  candles: ['CandleClosed', 'CandleAmended', 'CandlesMoved'],
  money: ['Posted', 'EquityMarked', 'FeeTierMoved', 'PositionCharged'],
  steps: ['OrderQualified', 'OrderRequested', 'VenueReported', 'OrderMoved', 'OrderRetired'],
} as const;
export type Kind = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as Kind[];

const OF = new Map<string, Kind>(KIND_NAMES.flatMap((kind) => KINDS[kind].map((type) => [type, kind] as const)));
/** A type of a later desk is shown with orders rather than not at all. */
export const kindOf = (type: string): Kind => OF.get(type) ?? 'orders';

/** What happens to orders, money at risk and the gate; the pulse of candles and wakes, and each step of an order, are there to be asked for. */
export const STANDARD: readonly Kind[] = ['orders', 'fills', 'refusals', 'gate', 'commands', 'feeds', 'alerts'];

/** As it stands in the address; null: the standard. */
export function kindsIn(text: string | undefined): readonly Kind[] {
  if (text === undefined) return STANDARD;
  const names = text.split(',');
  return KIND_NAMES.filter((kind) => names.includes(kind));
}

const TONES = {
  fills: 'bg-accent',
  refusals: 'bg-warn',
  gate: 'bg-stop',
  alerts: 'bg-stop',
  feeds: 'bg-warn',
  commands: 'bg-mode',
  orders: 'bg-good',
  steps: 'bg-edge',
  strategies: 'bg-edge',
  candles: 'bg-line',
  money: 'bg-line',
} as const satisfies Record<Kind, string>;
export const toneOfKind = (kind: Kind): string => TONES[kind];
