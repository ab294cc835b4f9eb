import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Instrument } from '#engine/market/instrument.ts';
import type { InstrumentId, SourceId } from '#engine/values.ts';
import { listingOf } from '#infra/venues-local/listings.ts';
import { openExchangeServer } from '#infra/venues-local/serve.ts';
import { ManualClock, realClock } from '#streams/clock.ts';
import { Door } from '#streams/door.ts';
import type { FeedItem } from '#streams/feed.ts';
import { DirectVenue } from './direct.ts';
import { feedOver, localFeed, observationsIn } from './feed.ts';
import { readStreamed } from './replies.ts';

const SOURCE = 'local' as SourceId;
const feeds = [{ source: SOURCE }] as unknown as Instrument['feeds'];
const BTC: Instrument = {
  ...{ id: 'BTC-USD' as InstrumentId, version: 1, tick: '0.1', lot: '0.0001', multiplier: '1', currency: 'USD', currencyScale: 2 },
  ...{ calendar: '24x7', feeds },
};
const KEYS = { key: 'test-key-1', secret: 'test-secret-1', admin: 'test-admin-1' };

function begin() {
  const clock = new ManualClock(1_700_000_000_000_000);
  const venue = new DirectVenue({ clock, listings: [listingOf('BTC-USD'), listingOf('XRP-USD')], keys: KEYS, seed: 7, cash: 1n });
  const door = new Door([BTC]);
  const items: FeedItem[] = [];
  const options = { source: SOURCE, instruments: [BTC.id], admit: door.admit.bind(door), clock };
  const subscription = feedOver(() => venue.wire(), options).subscribe((item) => items.push(item));
  onTestFinished(() => {
    subscription.unsubscribe();
    venue.close();
  });
  const symbol = venue.exchange.state.symbols.get('BTC-USD')!;
  const quote = (bid: number, ask: number) => venue.exchange.quote(symbol, { ticks: bid, lots: 5 }, { ticks: ask, lots: 6 });
  const trade = (ticks: number, lots: number) => venue.exchange.trade(symbol, 'sell', ticks, lots);
  return { clock, venue, items, subscription, quote, trade };
}

/** Items as lines. */
function story(items: readonly FeedItem[]): string[] {
  return items.flatMap((item) => {
    if (item.kind === 'inputs') return item.records.map(({ type, ...rest }) => `${type} ${JSON.stringify(rest)}`);
    return item.blocks.flatMap(({ instrument, kind, count, venueSeq, flags, values }) =>
      Array.from(
        { length: count },
        (_, i) => `${instrument} ${kind} n${venueSeq[i]} f${flags[i]} ${values.map((column) => column[i]).join(' ')}`,
      ),
    );
  });
}

describe('the exchange as a feed', () => {
  test('quotes and trades are blocks of whole numbers with the venue’s own, a chunk a message; the newest quote comes first', async () => {
    const { clock, items, quote, trade } = begin();
    await clock.play(10_000);
    quote(500_000, 500_010);
    trade(499_990, 7);
    await clock.play(10_000);
    expect(story(items).slice(1)).toEqual(['BTC-USD quote n2 f0 500000 5 500010 6', 'BTC-USD trade n1 f2 499990 7']);
    expect(story(items)[0]).toMatch(/^BTC-USD quote n1 f0 \d+ \d+ \d+ \d+$/);
    expect(items).toHaveLength(3);
    const chunk = items[1]!;
    expect(chunk.kind === 'market' && chunk.blocks[0]).toMatchObject({ source: 'local', timeframeUs: 0 });
    expect(chunk.kind === 'market' && chunk.blocks[0]!.venueTime[0]).toBeGreaterThan(1_700_000_000_000_000);
  });

  test('beats are told, one a second', async () => {
    const { clock, items } = begin();
    await clock.play(5_500_000);
    expect(story(items).filter((line) => line.startsWith('SourceBeat'))).toEqual(Array(5).fill('SourceBeat {"source":"local","beats":1}'));
  });

  test('a line that breaks is told once, however long it is away, and its return before anything else', async () => {
    const { clock, venue, items, quote } = begin();
    await clock.play(10_000);
    items.length = 0;
    venue.setAway(true);
    await clock.play(2_000_000);
    quote(500_000, 500_010); // nobody hears
    venue.setAway(false);
    await clock.play(3_000_000);
    expect(story(items).slice(0, 3)).toEqual([
      'SourceLost {"source":"local","why":"ECONNRESET"}',
      'SourceRestored {"source":"local"}',
      'BTC-USD quote n2 f0 500000 5 500010 6',
    ]);
  });

  test('a line that says nothing any more is lost', async () => {
    const { clock, venue, items } = begin();
    await clock.play(10_000);
    items.length = 0;
    venue.setFaults({ 'half-open': 1 });
    await clock.play(3_300_000);
    expect(story(items)).toEqual(['SourceLost {"source":"local","why":"silent"}']);
    venue.setFaults({});
    await clock.play(1_000_000);
    expect(story(items)[1]).toBe('SourceRestored {"source":"local"}');
  });

  test('a venue that is not there from the start is lost from the start', async () => {
    const clock = new ManualClock(1);
    const venue = new DirectVenue({ clock, listings: [listingOf('BTC-USD')], keys: KEYS, seed: 7, cash: 1n });
    venue.setAway(true);
    const items: FeedItem[] = [];
    const subscription = feedOver(() => venue.wire(), { source: SOURCE, instruments: [BTC.id], admit: () => [], clock }).subscribe((item) =>
      items.push(item),
    );
    await clock.play(1_000_000);
    expect(story(items)).toEqual(['SourceLost {"source":"local","why":"ECONNREFUSED"}']);
    subscription.unsubscribe();
    venue.close();
  });

  test('unsubscribed, it says nothing and connects no more', async () => {
    const { clock, venue, items, subscription, quote } = begin();
    await clock.play(10_000);
    subscription.unsubscribe();
    const said = items.length;
    quote(500_000, 500_010);
    venue.setAway(true);
    await clock.play(10_000_000);
    expect(items).toHaveLength(said);
  });

  test.each([
    ['a price off the grid', '[3,9,"500000.05","0.0005","buy"]', 'precision', '500000.05'],
    ['a price that is no number', '[3,9,"NaN","0.0005","buy"]', 'not-a-number', 'NaN'],
    ['a quantity without end', '[3,9,"500000",1e400,"buy"]', 'not-a-number', 'Infinity'],
    ['a time that is text', '[3,"now","500000","0.0005","buy"]', 'malformed', 'now'],
    ['no number', '[null,9,"500000","0.0005","buy"]', 'malformed', '0'],
    ['a side nobody knows', '[3,9,"500000","0.0005","up"]', 'malformed', '["500000","0.0005","up"]'],
    ['a field too many', '[3,9,"500000","0.0005","buy",1]', 'malformed', '["500000","0.0005","buy"]'],
    ['a field too few', '[3,9,"500000"]', 'malformed', '["500000",null,null]'],
    ['no list', '{"n":3}', 'malformed', '[{"n":3},null,null]'],
  ])('%s is refused by the door with its example, and the rest of the message gets in', (_what, row, reason, example) => {
    const message = readStreamed(`{"seq":1,"channel":"trades:BTC-USD","trades":[[2,8,"50000.0","0.0005","sell"],${row}]}`);
    expect(story(new Door([BTC]).admit(observationsIn(message, SOURCE)))).toEqual([
      'BTC-USD trade n2 f2 500000 5',
      `TicksRefused ${JSON.stringify({ source: 'local', instrument: 'BTC-USD', reason, example, count: 1 })}`,
    ]);
  });

  test('over real sockets: the seeded market arrives, and the end leaves no timer behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'retrace-feed-'));
    const server = await openExchangeServer({ folder, symbols: ['BTC-USD'], steps: 100, seed: 3 });
    const door = new Door([BTC]);
    const items: FeedItem[] = [];
    const options = { url: server.url, source: SOURCE, instruments: [BTC.id], admit: door.admit.bind(door), clock: realClock };
    const subscription = localFeed(options).subscribe((item) => items.push(item));
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    subscription.unsubscribe();
    await server.close();
    rmSync(folder, { recursive: true });
    const lines = story(items);
    const numbers = (kind: string) => lines.flatMap((line) => (line.includes(` ${kind} n`) ? [Number(/ n(\d+)/.exec(line)![1])] : []));
    for (const kind of ['quote', 'trade']) {
      const seen = numbers(kind);
      expect(seen.length).toBeGreaterThan(20);
      expect(seen.every((n, i) => i === 0 || n === seen[i - 1]! + 1)).toBe(true);
    }
    expect(lines.filter((line) => !line.startsWith('BTC-USD'))).toEqual(['SourceBeat {"source":"local","beats":1}']);
  });
});
