/**
 * Keeps the newest of each key while the consumer is busy, and counts what it dropped. For what people look at (quotes on a dashboard);
 * never between a source and the journal.
 */
import { from, Observable, type ObservableInput, type OperatorFunction } from 'rxjs';
import { assert } from '#engine/assert.ts';

export type Conflated<T> = Readonly<{
  /** The newest of each key since the last batch, in the order of first arrival of their keys. */
  items: readonly T[];
  /** Older ones of a key that a newer one replaced, and whole keys that did not fit: since the last batch. */
  replaced: number;
  dropped: number;
}>;

/** `busy` says when the consumer has done with a batch: the next is given then, at once if something waits. */
export function conflate<T>(
  options: Readonly<{ key: (item: T) => string; most: number; busy: (batch: Conflated<T>) => ObservableInput<unknown> }>,
): OperatorFunction<T, Conflated<T>> {
  assert(options.most >= 1, 'conflate holds at least one key');
  return (source) =>
    new Observable((out) => {
      let waiting = new Map<string, T>();
      let [replaced, dropped, working, ended] = [0, 0, false, false];
      const done = () => {
        working = false;
        if (waiting.size > 0) give();
        else if (ended) out.complete();
      };
      const give = () => {
        const batch: Conflated<T> = { items: [...waiting.values()], replaced, dropped };
        waiting = new Map();
        [replaced, dropped, working] = [0, 0, true];
        out.next(batch);
        out.add(from(options.busy(batch)).subscribe({ complete: done, error: (error) => out.error(error) }));
      };
      out.add(
        source.subscribe({
          next: (item) => {
            const key = options.key(item);
            if (waiting.has(key)) replaced += 1;
            else if (waiting.size >= options.most) {
              dropped += 1;
              for (const oldest of waiting.keys()) {
                waiting.delete(oldest);
                break;
              }
            }
            waiting.set(key, item);
            if (!working) give();
          },
          error: (error) => out.error(error),
          complete: () => {
            ended = true;
            if (!working) out.complete();
          },
        }),
      );
    });
}
