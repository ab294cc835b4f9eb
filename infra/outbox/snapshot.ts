/**
 * A venue's truth, taken so that its parts belong together: fills are read before and after, until nothing moved in between. Every
 * order whose life two lists disagree about is asked for by name; a list's silence proves nothing.
 */
import type { Broker, OrderName, VenueFillRow, VenueOrderRow } from '#engine/execution/broker.ts';
import type { HeldOrder } from '#engine/execution/effects.ts';
import type { SnapshotFill, SnapshotOrder, SnapshotPosition } from '#engine/inputs.ts';
import type { TimeUs } from '#engine/values.ts';

export type TakenSnapshot = Readonly<{
  fills: readonly SnapshotFill[];
  orders: readonly SnapshotOrder[];
  missing: readonly string[];
  transfers: readonly Readonly<{ id: string; currency: string; amount: string; why: string }>[];
  positions: readonly SnapshotPosition[];
  balances: readonly Readonly<{ currency: string; amount: string }>[];
}>;

export type SnapshotAsked = Readonly<{
  broker: Broker;
  since: TimeUs;
  /** What works here and is not just being sent, asked right when the lists have been read. */
  held: () => readonly HeldOrder[];
  /** Whether the desk holds an order of this client id. */
  isOurs: (clientId: string) => boolean;
  /** Whether a request of that name can still be acted on. Asked before the venue is. */
  mayArrive: (order: HeldOrder) => boolean;
  /** More fills of others than this cannot be told apart from those of before. */
  mostForeign: number;
}>;

/** The venue moved each time it was looked at, or could not say. */
export class SnapshotUnsettled extends Error {
  override name = 'SnapshotUnsettled';
}

const TRIES = 6;

type Row = Readonly<{ clientId: string | null; venueId: string }>;
type IsOurs = SnapshotAsked['isOurs'];
/** Our name for what is ours; what is not has the venue's, which always leads to it. */
const nameOfRow = ({ clientId, venueId }: Row, isOurs: IsOurs): string => (clientId !== null && isOurs(clientId) ? clientId : venueId);

export async function takeSnapshot(asked: SnapshotAsked): Promise<TakenSnapshot> {
  const { broker, since } = asked;
  let fills = await broker.fills(since);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const listed = await broker.openOrders();
    const [positions, balances, transfers] = await Promise.all([broker.positions(), broker.balances(), broker.transfers(since)]);
    const held = asked.held();
    const named = await askByName(asked, listed, held);
    const [after, moved] = await Promise.all([broker.fills(since), broker.transfers(since)]);
    if (moved.length !== transfers.length) continue;
    if (!sameFills(fills, after)) {
      fills = after;
      continue;
    }
    const all = merged(after, named.fills);
    const foreign = all.filter(({ clientId }) => clientId === null || !asked.isOurs(clientId)).length;
    if (foreign > asked.mostForeign || transfers.length > asked.mostForeign)
      throw new SnapshotUnsettled(
        `${Math.max(foreign, transfers.length)} fills or transfers of others since ${since}: more than can be told apart`,
      );
    return {
      fills: all.map((row) => snapshotFill(row, asked.isOurs)),
      orders: named.rows.map((row) => snapshotOrder(row, asked.isOurs)),
      missing: named.missing,
      transfers: transfers.map(({ id, currency, amount, why }) => ({ id, currency, amount: String(amount), why })),
      positions: positions.map(({ instrument, lots, price }) => ({ instrument, lots, price })),
      balances: balances.map(({ currency, amount }) => ({ currency, amount: String(amount) })),
    };
  }
  throw new SnapshotUnsettled('the account moved each time it was looked at');
}

type Named = { rows: VenueOrderRow[]; fills: VenueFillRow[]; missing: string[] };

/** Orders both sides agree on need no question: listed as working, and held as working. */
async function askByName(
  { broker, isOurs, mayArrive }: SnapshotAsked,
  listed: readonly VenueOrderRow[],
  held: readonly HeldOrder[],
): Promise<Named> {
  const rows = new Map(listed.map((row) => [nameOfRow(row, isOurs), row]));
  const known = new Set(held.filter(({ ended }) => !ended).map(({ clientId }) => clientId as string));
  const found: Named = { rows: [], fills: [], missing: [] };
  const questions: Promise<void>[] = [];
  const ask = (name: OrderName, of: string, absent: () => void) =>
    questions.push(
      broker.order(name).then((answer) => {
        if (answer.found === null) throw new SnapshotUnsettled(`order ${of}: ${answer.reason}`);
        if (!answer.found) absent();
        else {
          found.rows.push(answer.row);
          found.fills.push(...answer.fills);
        }
      }),
    );
  for (const [name, row] of rows) {
    if (known.has(name)) found.rows.push(row);
    else {
      // nobody's here, or ended here: a stale list looks the same, so it is asked for by name
      const { venueId, instrument } = row;
      ask({ clientId: null, venueId, instrument }, name, () => {});
    }
  }
  for (const order of held) {
    if (order.ended || rows.has(order.clientId) || order.state === 'INTENT') continue;
    const settled = !mayArrive(order);
    ask(nameOf(order), order.clientId, () => {
      if (settled) found.missing.push(order.clientId);
    });
  }
  await Promise.all(questions);
  found.rows.sort((a, b) => (a.venueId < b.venueId ? -1 : 1));
  return found;
}

export function nameOf({ clientId, adopted, instrument }: HeldOrder): OrderName {
  return adopted ? { clientId: null, venueId: clientId, instrument } : { clientId, venueId: null, instrument };
}

function sameFills(before: readonly VenueFillRow[], after: readonly VenueFillRow[]): boolean {
  return before.length === after.length && before.every((fill, index) => fill.id === after[index]!.id);
}

function merged(fills: readonly VenueFillRow[], more: readonly VenueFillRow[]): readonly VenueFillRow[] {
  const key = ({ instrument, id }: VenueFillRow) => `${instrument}|${id}`;
  const all = new Map([...fills, ...more].map((fill) => [key(fill), fill]));
  return [...all.values()].sort((a, b) => a.at - b.at || (key(a) < key(b) ? -1 : 1));
}

const snapshotFill = (row: VenueFillRow, isOurs: IsOurs): SnapshotFill => {
  const { id, instrument, side, lots, price, fee, maker } = row;
  return { id, name: nameOfRow(row, isOurs), instrument, side, lots, price, fee: String(fee), maker };
};

const snapshotOrder = (row: VenueOrderRow, isOurs: IsOurs): SnapshotOrder => {
  const { instrument, side, type, lots, limit, stop, filled, state, reason } = row;
  return { name: nameOfRow(row, isOurs), instrument, side, type, lots, limit, stop, filled, state, reason };
};
