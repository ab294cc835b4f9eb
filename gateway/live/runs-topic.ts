/**
 * Tells of what this gateway began, backtests and branches, as they wait, run and end. It begins none, and keeps of those that ended the
 * newest; their runs are in the catalogue.
 */
import type { RestBacktest } from '../contracts/rest-runs.ts';
import type { RunRow } from '../contracts/rows.ts';
import type { Channel } from './channel.ts';
import type { Hub } from './hub.ts';

/** So many, and rows so small, that all of them fit one frame. */
export const ENDED_KEPT = 100;
const TAPES_TOLD = 4;
const MESSAGES_TOLD = 3;
const WORDS_TOLD = 200;

export class RunsTopic {
  readonly #hub: Hub;
  readonly #channel: Channel;
  readonly #ended = new Set<string>();

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#channel = hub.channel('runs', '*', { keeps: 'newest' });
  }

  /** As it is now. */
  told(row: RunRow): void {
    this.#channel.put(row.backtest, shortened(row));
    if (row.endedAt !== null) this.#ended.add(row.backtest);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= ENDED_KEPT) break;
      this.#ended.delete(oldest);
      this.#channel.put(oldest, null);
    }
    this.#hub.changed();
  }
}

export function rowOfBacktest({
  backtest,
  state,
  by,
  asked,
  askedAt,
  startedAt,
  endedAt,
  share,
  run,
  result,
  problem,
}: RestBacktest): RunRow {
  const { strategy, tapes } = asked;
  return {
    ...{ backtest, kind: 'backtest', state, share, strategy, over: tapes, by, askedAt, startedAt, endedAt, run, problem },
    result: result === null ? null : firstOf(result),
  };
}

const firstOf = ({ bars, orders, fills, equity, currency, again }: NonNullable<RestBacktest['result']>): RunRow['result'] => ({
  ...{ bars, orders, fills, equity, currency, again },
});

const shortened = (row: RunRow): RunRow => ({
  ...row,
  over: row.over.slice(0, TAPES_TOLD),
  problem:
    row.problem === null
      ? null
      : {
          messages: row.problem.messages.slice(0, MESSAGES_TOLD).map((text) => text.slice(0, WORDS_TOLD)),
          next: row.problem.next?.slice(0, WORDS_TOLD) ?? null,
        },
});
