/**
 * Backtests as processes of their own: the same command a person types, below the desk in the eyes of the scheduler, so many at once and so many
 * waiting. What ended is remembered for a while; the run itself is in the catalogue.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { availableParallelism, setPriority } from 'node:os';
import { join } from 'node:path';
import type { BacktestBody, RestBacktest } from '#gateway/contracts/rest-runs.ts';
import { type BacktestsPort, QuestionsBusy } from '#gateway/rest/ports.ts';
import type { BacktestTold } from '../../research/told-parent.ts';
import { thisBuild } from '../build.ts';

export type BacktestChildren = BacktestsPort & Readonly<{ close: () => Promise<void> }>;

const WAITING = 16;
const REMEMBERED = 200;
/** It is asked to stop first, and keeps nothing then. */
const KILL_AFTER_MS = 5_000;
const MOST_WORDS = 16 * 1024;
/** The desk goes first. */
const NICE = 10;

type Entry = { told: RestBacktest; asked: BacktestBody; child: ChildProcess | null; ended: Promise<void> | null };

export type BacktestChildrenOptions = Readonly<{
  home: string;
  nowUs: () => number;
  /** Told of each as it changes. */
  told?: (backtest: RestBacktest) => void;
  program?: string;
  atOnce?: number;
}>;

export function backtestChildren({
  home,
  nowUs,
  told = () => {},
  program = join(thisBuild().root, 'dist', 'retrace.mjs'),
  atOnce = Math.max(1, Math.min(2, availableParallelism() - 1)),
}: BacktestChildrenOptions): BacktestChildren {
  const all = new Map<string, Entry>();
  let closed = false;
  const inState = (state: RestBacktest['state']): Entry[] => [...all.values()].filter(({ told }) => told.state === state);
  const change = (entry: Entry, more: Partial<RestBacktest>): void => {
    entry.told = { ...entry.told, ...more };
    told(entry.told);
  };

  function next(): void {
    if (closed) return;
    for (const entry of inState('waiting')) {
      if (inState('running').length >= atOnce) return;
      begin(entry);
    }
  }

  function begin(entry: Entry): void {
    change(entry, { state: 'running', startedAt: nowUs() });
    const child = spawn(process.execPath, [program, 'backtest', ...wordsOf(entry.asked), '--json'], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, RETRACE_HOME: home },
    });
    entry.child = child;
    let words = '';
    let done: BacktestTold | null = null;
    child.on('message', (message: BacktestTold | Readonly<{ share: number }>) => {
      if ('share' in message) change(entry, { share: Math.min(1, Math.max(0, message.share)) });
      else done = message;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      if (words.length < MOST_WORDS) words += text.slice(0, MOST_WORDS - words.length);
    });
    entry.ended = new Promise((resolve) => {
      let over = false;
      const end = (why: string | null): void => {
        if (over) return;
        over = true;
        entry.child = null;
        change(entry, { endedAt: nowUs(), ...outcomeOf(entry.told, done, why ?? words) });
        next();
        resolve();
      };
      child.on('error', (error) => end(error.message));
      child.on('close', () => end(null));
    });
    if (child.pid !== undefined)
      try {
        setPriority(child.pid, NICE);
      } catch {
        // it has ended already, or this system lets nobody
      }
  }

  function stop(entry: Entry): void {
    const { child } = entry;
    if (child === null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    timer.unref();
    child.on('close', () => clearTimeout(timer));
  }

  return {
    limits: { atOnce, waiting: WAITING },
    start(asked, by) {
      if (closed || inState('waiting').length >= WAITING) throw new QuestionsBusy(`${WAITING} backtests wait already`);
      const backtest = randomUUID();
      const waits: RestBacktest = {
        ...{ backtest, state: 'waiting', by, asked, askedAt: nowUs(), startedAt: null, endedAt: null, share: 0 },
        ...{ run: null, result: null, problem: null },
      };
      const entry: Entry = { told: waits, asked, child: null, ended: null };
      all.set(backtest, entry);
      told(waits);
      for (const [old, { told: state }] of all) {
        if (all.size <= REMEMBERED) break;
        if (state.endedAt !== null) all.delete(old);
      }
      next();
      return entry.told;
    },
    list: () => [...all.values()].map(({ told }) => told).reverse(),
    find: (id) => all.get(id)?.told ?? null,
    cancel(id) {
      const entry = all.get(id)!;
      if (entry.told.state === 'waiting') change(entry, { state: 'cancelled', endedAt: nowUs() });
      else if (entry.told.state === 'running') {
        change(entry, { state: 'cancelled' });
        stop(entry);
      }
      return entry.told;
    },
    async close() {
      closed = true;
      for (const entry of inState('waiting')) change(entry, { state: 'cancelled', endedAt: nowUs() });
      const running = inState('running');
      for (const entry of running) change(entry, { state: 'cancelled' });
      const left = [...all.values()].filter(({ child }) => child !== null);
      for (const entry of left) stop(entry);
      await Promise.all(left.map(({ ended }) => ended));
    },
  };
}

function outcomeOf({ state }: RestBacktest, done: BacktestTold | null, words: string): Partial<RestBacktest> {
  if (state === 'cancelled') return {};
  if (done !== null) {
    const { run, ...result } = done;
    return { state: 'done', share: 1, run, result };
  }
  const lines = words.split('\n').filter((line) => line.trim() !== '' && !/^\d+ %$/.test(line.trim()));
  const next = lines.findLast((line) => line.startsWith('next: ')) ?? null;
  const messages = lines.filter((line) => !line.startsWith('next: ')).map((line) => line.trim().replace(/^retrace backtest: /, ''));
  return {
    state: 'failed',
    problem: { messages: messages.length === 0 ? ['it ended without a word'] : messages, next: next?.slice(6) ?? null },
  };
}

/** A flag and its value are one word, so that no value is taken for a flag. */
function wordsOf({ strategy, tapes, set, timeframe, markets, instruments, from, to, cash, tags, venue }: BacktestBody): string[] {
  const one = (flag: string, value: string | undefined): string[] => (value === undefined ? [] : [`--${flag}=${value}`]);
  return [
    strategy,
    ...tapes.map((tape) => `--tape=${tape}`),
    ...Object.entries(set).map(([name, value]) => `--set=${name}=${value}`),
    ...Object.entries(markets).map(([name, id]) => `--market=${name}=${id}`),
    ...instruments.map((id) => `--instrument=${id}`),
    ...tags.map((tag) => `--tag=${tag}`),
    ...[...one('timeframe', timeframe), ...one('from', from), ...one('to', to), ...one('cash', cash)],
    ...Object.entries(venue).map(([name, value]) => `--${name}=${value}`),
  ];
}
