/** What a monitor has not told yet, of what its line hears. */
import type { Place } from '#gateway/contracts/line.ts';
import type { TopicName } from '#gateway/contracts/live.ts';
import type { RowOf } from '#gateway/contracts/rows.ts';
import { isWorth } from './monitor-picture.ts';

export type Tell = (news: Readonly<{ topic: 'decisions'; row: RowOf<'decisions'> } | { topic: 'alerts'; row: RowOf<'alerts'> }>) => void;

/**
 * What is new in decisions and alerts, each told once, also over a lost connection, and nothing of what was there before. A desk that a power cut
 * threw back gives its numbers out again: what has a number that was told, and says something else, is news.
 */
export class MonitorNews {
  readonly #tell: Tell;
  /** What was told, or there before, by topic and address; the oldest go first. */
  readonly #told = { decisions: new Map<string, string>(), alerts: new Map<string, string>() };
  readonly #begun = new Set<TopicName>();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  readonly changed = (place: Place | null, news: readonly [string, unknown][] | null): void => {
    if (place === null || (place.topic !== 'decisions' && place.topic !== 'alerts')) return;
    const { topic, followed } = place;
    const told = this.#told[topic];
    const begun = this.#begun.has(topic);
    this.#begun.add(topic);
    for (const [key, row] of news ?? followed.rows) {
      const text = JSON.stringify(row);
      if (row === null || told.get(key) === text) continue;
      told.delete(key);
      told.set(key, text);
      if (!begun) continue;
      if (topic === 'alerts') this.#tell({ topic, row: row as RowOf<'alerts'> });
      else if (isWorth(row as RowOf<'decisions'>)) this.#tell({ topic, row: row as RowOf<'decisions'> });
    }
    for (const key of told.keys()) {
      if (told.size <= REMEMBERED) break;
      told.delete(key);
    }
  };
}

/** More than a snapshot holds. */
const REMEMBERED = 3_000;
