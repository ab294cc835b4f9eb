import { from, type Observable, of, Subject, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';
import { sourceId } from '#engine/values.ts';
import { type Conflated, conflate } from './conflate.ts';
import type { FeedItem } from './feed.ts';
import { joinLive } from './join.ts';
import { stall } from './stall.ts';

const source = sourceId('venue');
const run = (work: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0], scheduler: TestScheduler) => void) => {
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  scheduler.run((helpers) => work(helpers, scheduler));
};
const item = (type: 'SourceBeat' | 'SourceLost' | 'SourceRestored', why = 'closed'): FeedItem => ({
  kind: 'inputs',
  records: [type === 'SourceBeat' ? { type, source, beats: 1 } : type === 'SourceLost' ? { type, source, why } : { type, source }],
});
const b = item('SourceBeat');
const L = item('SourceLost', 'nothing for 0.005 s');
const R = item('SourceRestored');
const own = item('SourceLost');
const r = item('SourceRestored');

describe('stall', () => {
  // One frame is a millisecond; the bound is five. Told: when, and what (o and r are the source's own words).
  test.each([
    ['says nothing: lost once, restored before it is heard again', 'b-b---------b--|', '0b 2b 7L 12R 12b'],
    ['never says anything', '--------|', '5L'],
    ['heard in time', 'b---b---b---|', '0b 4b 8b'],
    ['says itself that it is lost: not told twice', 'bo---------b-----|', '0b 1o 11R 11b 16L'],
    ['says itself that it is back: not told twice', 'b------r---b---|', '0b 5L 7r 11b'],
    ['lost and back before the bound', 'bo-r---------|', '0b 1o 3r 8L'],
  ])('%s', (_what, heard, told) => {
    const letters = new Map([b, own, r, L, R].map((item, i) => [JSON.stringify(item), 'borLR'[i]]));
    const seen: string[] = [];
    run(({ cold, flush }, scheduler) => {
      const feed = cold<FeedItem>(heard, { b, o: own, r }).pipe(stall(source, 5_000, scheduler));
      feed.subscribe((item) => seen.push(`${scheduler.now()}${item === r ? 'r' : letters.get(JSON.stringify(item))}`));
      flush();
    });
    expect(seen.join(' ')).toBe(told);
  });

  test('stops its timer with the last listener', () =>
    run(({ cold, flush }, scheduler) => {
      const told: FeedItem[] = [];
      const subscription = cold<FeedItem>('b', { b })
        .pipe(stall(source, 5_000, scheduler))
        .subscribe((item) => told.push(item));
      scheduler.schedule(() => subscription.unsubscribe(), 3);
      flush();
      expect(told).toEqual([b]);
    }));
});

describe('conflate', () => {
  const quotes = (...names: string[]) => names;
  const batches = <T>(source: Observable<T>, most: number, busyMs: number, scheduler: TestScheduler) =>
    source.pipe(conflate<T>({ key: (x) => String(x)[0]!, most, busy: () => timer(busyMs, scheduler) }));
  const batch = (items: readonly string[], replaced = 0, dropped = 0): Conflated<string> => ({ items, replaced, dropped });

  test('the newest of each key waits while the consumer is busy', () =>
    run(({ hot, expectObservable }, scheduler) => {
      const values = { a: 'a1', b: 'a2', c: 'b1', d: 'a3', e: 'a4' };
      expectObservable(batches(hot('abcd-----e--|', values), 10, 5, scheduler)).toBe('v----w---- x----|'.replace(' ', ''), {
        v: batch(['a1']),
        w: batch(['a3', 'b1'], 1),
        x: batch(['a4']),
      });
    }));

  test('holds no more keys than it was told, and counts what it dropped', () =>
    run(({ hot, expectObservable }, scheduler) => {
      const values = { z: 'z', a: 'a', b: 'b', c: 'c' };
      expectObservable(batches(hot('zabc', values), 2, 6, scheduler)).toBe('v-----w', {
        v: batch(['z']),
        w: batch(quotes('b', 'c'), 0, 1),
      });
    }));

  test('a consumer that is done at once gets everything', () => {
    const seen: unknown[] = [];
    from(['a1', 'a2', 'b1'])
      .pipe(conflate({ key: (x) => x[0]!, most: 1, busy: () => of(0) }))
      .subscribe(({ items }) => seen.push(...items));
    expect(seen).toEqual(['a1', 'a2', 'b1']);
  });
});

describe('join', () => {
  test('live feeds keep the order of receipt, and one that breaks is a source that is lost', () => {
    const [first, second] = [new Subject<FeedItem>(), new Subject<FeedItem>()];
    const told: FeedItem[] = [];
    joinLive([
      { source, feed: first },
      { source: sourceId('other'), feed: second },
      { source: sourceId('third'), feed: throwError(() => new Error('refused')) },
    ]).subscribe((x) => told.push(x));
    second.next(R);
    first.next(b);
    first.error(new Error('reset'));
    second.next(b);
    expect(told).toEqual([
      { kind: 'inputs', records: [{ type: 'SourceLost', source: 'third', why: 'refused' }] },
      R,
      b,
      item('SourceLost', 'reset'),
      b,
    ]);
  });
});
