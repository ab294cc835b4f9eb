// What the topics of a desk tell, held against the desk's own state, which is written by other code: on random days with everything in them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOf, type Decision } from '#engine/decisions.ts';
import type { MarketFrame } from '#engine/market/blocks.ts';
import { production, recut, step } from '../../tests/agreement/compare.ts';
import { adventure, type Step } from '../../tests/reference/adventure.ts';
import { type Book, changed, lost, NO_BOOK, offered } from '../../tests/reference/book.ts';
import { Followed } from '../contracts/followed.ts';
import { serverMessage } from '../contracts/live.ts';
import { DESK_ROWS, type DeskTopic, type RowOf } from '../contracts/rows.ts';
import type { Sent, Socket } from '../transport/server.ts';
import { DeskTopics } from './desk-topics.ts';
import { Hub, STANDARD_LIMITS } from './hub.ts';

const MANY = 10 ** 9;

/** Follows every topic of a desk, as a client that keeps up. */
class Follower implements Socket {
  readonly remote = '127.0.0.1';
  readonly topics: readonly string[] = [];
  readonly open = true;
  readonly bufferedBytes = 0;
  readonly followed = new Map<string, Followed>();

  send(message: Uint8Array | string): Sent {
    for (const one of JSON.parse(Buffer.from(message as Uint8Array).toString()) as unknown[]) {
      const told = serverMessage.parse(one);
      if (told.say !== 'snapshot' && told.say !== 'delta') continue;
      const name = `${told.topic} ${told.of}`;
      let followed = this.followed.get(name);
      if (followed === undefined) this.followed.set(name, (followed = new Followed()));
      expect(followed.take(told, 'e')).toBe('taken');
      for (const [, row] of told.rows) if (row !== null) DESK_ROWS[told.topic as DeskTopic].parse(row);
    }
    return 'sent';
  }

  rows<T extends DeskTopic>(topic: T, of = '*'): RowOf<T>[] {
    return [...(this.followed.get(`${topic} ${of}`)?.rows.values() ?? [])] as RowOf<T>[];
  }

  close(): void {}
  subscribe(): void {}
  unsubscribe(): void {}
}

/** Only what took effect: a live desk is told so as well. */
function watched(steps: readonly Step[]) {
  const decisions: Decision[] = [];
  const heard: { topics: DeskTopics | null } = { topics: null };
  const desk = production((decision) => {
    decisions.push(decision);
    heard.topics?.decided(decision);
  });
  const hub = new Hub({
    ...{ epoch: 'e', desk: 'test', mode: 'PAPER', windowMs: 10, beatMs: MANY },
    limits: { ...STANDARD_LIMITS, unsentBytes: MANY },
    kept: { messages: 10, bytes: 10_000 },
    truth: () => ({ seq: desk.seq, at: desk.at, age: null, durable: 0 }),
    clock: { nowMs: () => 0, after: () => () => {} },
  });
  heard.topics = new DeskTopics(hub, desk, () => desk.seq);
  const follower = new Follower();
  const viewer = hub.attach(follower, () => null);
  for (const topic of Object.keys(DESK_ROWS)) viewer.hear(JSON.stringify({ do: 'subscribe', id: 1, topic }));
  const frames: MarketFrame[] = [];
  const take = (one: Step): void => {
    step(desk, one);
    if (one.do !== 'market') return;
    frames.push(one.frame);
    heard.topics?.took(one.frame);
  };
  return { desk, hub, follower, decisions, frames, take, steps };
}

/** By the reference desk's own book, fact by fact. */
function bookAfter(
  steps: readonly Step[],
  frames: readonly MarketFrame[],
  id: string,
  source: string,
  rejected: ReadonlySet<number>,
): Book {
  let [book, frame] = [NO_BOOK, 0];
  for (const one of steps) {
    if (one.do === 'input' && one.record.type === 'InstrumentDefined' && one.record.instrument.id === id && book !== NO_BOOK)
      book = lost({ ...book, flags: 0, time: 0 });
    if (one.do !== 'market') continue;
    const { first, blocks, offsets } = frames[frame++]!;
    const changes = blocks.flatMap((block, which) =>
      block.kind === 'book' && block.instrument === id && block.source === source
        ? Array.from({ length: block.count }, (_, i) => ({
            seq: first + offsets[which]![i]!,
            ...{ flags: block.flags[i]!, time: block.venueTime[i]!, price: block.values[0]![i]!, lots: block.values[1]![i]! },
          }))
        : [],
    );
    for (const { seq, ...change } of changes.sort((a, b) => a.seq - b.seq)) if (!rejected.has(seq)) book = changed(book, change);
  }
  return book;
}

/** A number of steps as decimal text, by plain arithmetic. */
function decimal(steps: number | bigint | null, step: string): string | null {
  if (steps === null) return null;
  const scale = (step.split('.')[1] ?? '').length;
  const whole = BigInt(steps) * BigInt(step.replace('.', ''));
  const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, '0');
  return `${whole < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`;
}

test('every row is what the desk holds, of every topic, whatever the day brings and wherever its windows close', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 10, max: 16 }),
      fc.integer({ min: 1, max: 9 }),
      (seed, length, every) => {
        const { desk, hub, follower, decisions, frames, take, steps } = watched(recut(adventure(seed, length), seed));
        for (const [index, one] of steps.entries()) {
          take(one);
          if (index % every !== 0 && index < steps.length - 1) continue;
          hub.flush();
          const state = desk.save() as unknown as {
            instruments: readonly {
              definition: { id: string; tick: string; lot: string };
              last: number | null;
              bid: number | null;
              ask: number | null;
            }[];
            feeds: readonly {
              instrument: string;
              source: string;
              value: string;
              context: { silent: boolean; mute: boolean; lost: boolean };
            }[];
            gates: readonly {
              scope: string;
              of: string;
              value: string;
              context: { reasons: readonly { cause: string; of: string }[]; killedAt: number | null };
            }[];
            orders: readonly {
              order: string;
              instrument: string;
              value: string;
              side: string;
              context: { lots: number; filled: number; limit: number | null };
            }[];
            accounts: readonly { spec: { id: string }; peak: bigint }[];
          };
          const of = (id: string) => state.instruments.find(({ definition }) => definition.id === id)!.definition;
          const sorted = <T>(rows: readonly T[]): T[] => [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
          expect(
            sorted(
              follower
                .rows('orders')
                .map(({ order, state: now, side, lots, filled, limit }) => ({ order, now, side, lots, filled, limit })),
            ),
          ).toEqual(
            sorted(
              state.orders.map(({ order, instrument, value: now, side, context }) => {
                const { lot, tick } = of(instrument);
                return {
                  order,
                  now,
                  side,
                  lots: decimal(context.lots, lot),
                  filled: decimal(context.filled, lot),
                  limit: decimal(context.limit, tick),
                };
              }),
            ),
          );
          expect(
            sorted(
              follower.rows('gate').map(({ scope, of, state: value, reasons, killedAt }) => ({
                scope,
                of,
                value,
                reasons: reasons.map(({ cause, of }) => ({ cause, of })),
                killedAt,
              })),
            ),
          ).toEqual(
            sorted(
              state.gates.map(({ scope, of, value, context }) => ({
                scope,
                of,
                value,
                ...{ reasons: context.reasons, killedAt: context.killedAt },
              })),
            ),
          );
          expect(
            sorted(
              follower.rows('feeds').map(({ instrument, source, state: value, flags }) => ({
                instrument,
                source,
                value,
                silent: flags.includes('silent'),
                mute: flags.includes('mute'),
                lost: flags.includes('lost'),
              })),
            ),
          ).toEqual(
            sorted(
              state.feeds.map(({ instrument, source, value, context: { silent, mute, lost } }) => ({
                instrument,
                source,
                value,
                silent,
                mute,
                lost,
              })),
            ),
          );
          for (const { definition, last, bid, ask } of state.instruments) {
            const [quote] = follower.rows('quotes', definition.id);
            expect(quote).toMatchObject({
              last: decimal(last, definition.tick),
              bid: decimal(bid, definition.tick),
              ask: decimal(ask, definition.tick),
            });
          }
          const held = [...desk.parts.accounts.ledger.balances()].filter(({ lots }) => lots !== 0);
          expect(
            sorted(
              follower
                .rows('positions')
                .map(({ account, strategy, instrument, lots, realised }) => ({ account, strategy, instrument, lots, realised })),
            ),
          ).toEqual(
            sorted(
              held.map(({ account, strategy, instrument, lots, realised }) => ({
                account,
                strategy,
                instrument,
                lots: decimal(lots, of(instrument).lot),
                realised: decimal(-realised, '0.01'), // the ledger books a gain below 0
              })),
            ),
          );
          expect(follower.rows('equity').map(({ account, peak }) => ({ account, peak }))).toEqual(
            state.accounts.map(({ spec, peak }) => ({ account: spec.id, peak: decimal(peak, '0.01') })),
          );
          expect(follower.rows('journal')).toEqual([{ seq: desk.seq, at: desk.at, durable: desk.seq }]);
        }
        // what only grows: every decision, alert and trade once, by its address or number
        expect([...follower.followed.get('decisions *')!.rows.keys()]).toEqual(decisions.map(addressOf));
        for (const { type, said } of follower.rows('decisions')) {
          expect(said, type).not.toBe('');
          // told with the definitions the desk had: none of them is missing; an alert is in its writer's own words
          if (type !== 'Alerted') expect(said, type).not.toMatch(/\d (lots|minor units)\b|\bat -?\d+ ticks\b/);
        }
        const rejected = new Set(decisions.flatMap((one) => (one.type === 'TickRejected' ? [one.cause as number] : [])));
        for (const { definition, feeds } of desk.parts.markets.all) {
          const accepted = frames.flatMap(({ first, blocks, offsets }) =>
            blocks.flatMap((block, which) =>
              block.kind === 'trade' && block.instrument === definition.id && block.source === feeds[0]!.spec.source
                ? Array.from({ length: block.count }, (_, i) => first + offsets[which]![i]!).filter((number) => !rejected.has(number))
                : [],
            ),
          );
          const shown = [...(follower.followed.get(`trades ${definition.id}`)?.rows.keys() ?? [])].map(Number);
          expect(shown.sort((x, y) => x - y)).toEqual(accepted.sort((x, y) => x - y));
        }
        for (const { definition, feeds } of desk.parts.markets.all) {
          const [row] = [...(follower.followed.get(`book ${definition.id}`)?.rows.values() ?? [])] as RowOf<'book'>[];
          const steps_ = (levels: ReturnType<typeof offered>) =>
            levels.map(({ price, lots }) => [decimal(price, definition.tick), decimal(lots, definition.lot)]);
          const book = bookAfter(steps, frames, definition.id, feeds[0]!.spec.source, rejected);
          if (row === undefined) expect(book).toBe(NO_BOOK);
          else
            expect({ known: row.known, bids: row.bids, asks: row.asks }).toEqual({
              known: book.known,
              bids: steps_(offered(book, 'sell')).slice(0, 20),
              asks: steps_(offered(book, 'buy')).slice(0, 20),
            });
        }
        const alerts = decisions.filter(({ type }) => type === 'Alerted');
        expect([...(follower.followed.get('alerts *')?.rows.keys() ?? [])]).toEqual(alerts.map(addressOf));
        for (const { definition } of desk.parts.markets.all) {
          const closed = decisions.filter((one) => one.type === 'CandleClosed' && one.instrument === definition.id);
          const keys = new Set(closed.map((one) => (one.type === 'CandleClosed' ? `${one.source} ${one.timeframeUs} ${one.start}` : '')));
          expect(new Set(follower.followed.get(`candles ${definition.id}`)?.rows.keys() ?? [])).toEqual(keys);
        }
        for (const [name, { rows }] of follower.followed) seen.set(name.split(' ')[0]!, (seen.get(name.split(' ')[0]!) ?? 0) + rows.size);
      },
    ),
    // three days that have alerts, and others
    { numRuns: 6, endOnFailure: true, examples: [3, 4, 8].map((seed) => [seed, 20, 2] as [number, number, number]) },
  );
  // no topic passed for having nothing in it
  for (const topic of Object.keys(DESK_ROWS))
    expect([topic, (seen.get(topic) ?? 0) > (['journal', 'book', 'alerts'].includes(topic) ? 1 : 10)]).toEqual([topic, true]);
}, 240_000);
