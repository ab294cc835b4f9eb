/** Notices a source that says nothing: SourceLost once, SourceRestored before what is heard next. One timer, never one an item. */
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import { SECOND_US, type SourceId } from '#engine/values.ts';
import type { FeedItem } from './feed.ts';

/** The scheduler counts in ms. What the source says of itself is believed: a loss it told is not told twice. */
export function stall(source: SourceId, boundUs: number, scheduler: SchedulerLike = asyncScheduler): OperatorFunction<FeedItem, FeedItem> {
  const boundMs = boundUs / 1000;
  const why = `nothing for ${boundUs / SECOND_US} s`;
  return (feed) =>
    new Observable((out) => {
      let heardAt = scheduler.now();
      let lost = false;
      let timer: Subscription | null = null;
      const watch = (delayMs: number) => {
        timer = scheduler.schedule(() => {
          const left = heardAt + boundMs - scheduler.now();
          if (left > 0) return watch(left);
          timer = null;
          if (!lost) out.next({ kind: 'inputs', records: [{ type: 'SourceLost', source, why }] });
          lost = true;
        }, delayMs);
      };
      watch(boundMs);
      out.add(() => timer?.unsubscribe());
      out.add(
        feed.subscribe({
          next: (item) => {
            heardAt = scheduler.now();
            const told = item.kind === 'inputs' ? item.records.map(({ type }) => type) : [];
            if (lost) {
              if (told[0] !== 'SourceRestored' && told[0] !== 'SourceLost')
                out.next({ kind: 'inputs', records: [{ type: 'SourceRestored', source }] });
            }
            if (timer === null) watch(boundMs);
            lost = told.lastIndexOf('SourceLost') > told.lastIndexOf('SourceRestored');
            out.next(item);
          },
          error: (error) => out.error(error),
          complete: () => out.complete(),
        }),
      );
    });
}
