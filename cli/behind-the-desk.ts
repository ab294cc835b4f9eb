/** What reads, plays or counts beside a desk gives way to it: the scheduler takes the desk's thread first. */
import { setPriority } from 'node:os';

/** Lower than any desk; not so low that nothing gets done. */
export const NICE = 10;

/** Of the thread that calls it. Where a priority is the whole process's, it is left as it is. */
export function standBehindTheDesk(): void {
  if (process.platform === 'linux') setPriority(0, NICE);
}
