/** A desk watched from another terminal: a picture repainted in place, a line for each thing of note, or one document. It changes nothing in the desk. */
import type { Line, LineState, Place } from '#gateway/contracts/line.ts';
import { TOPICS, type TopicName } from '#gateway/contracts/live.ts';
import { DESK_ROWS, type RowOf } from '#gateway/contracts/rows.ts';
import { iso } from '#replay/words.ts';
import { type Answer, print, Refused } from '../answer.ts';
import { grouped } from '../screen/desk-screen.ts';
import { askForPicture, isWorth, pictureFrom } from '../screen/monitor-picture.ts';
import { type Focus, type MonitorView, monitorLines } from '../screen/monitor-screen.ts';
import { coloursFor, Painter } from '../screen/terminal.ts';
import { onStop } from './signals.ts';
import { type WatchedDesk, watchDesk } from './watched-desk.ts';

export type MonitorAsked = Readonly<{
  desk: string | null;
  /** Null: until somebody leaves. */
  forMs: number | null;
  bell: boolean;
}>;

/** Four times a second: more than that nobody reads. */
const REPAINT_MS = 250;
const BELL = '\x07';

/** In a terminal, until q, Ctrl-C or the end of its time. */
export async function watchOnScreen({ desk: named, forMs, bell }: MonitorAsked): Promise<Answer> {
  const painter = new Painter(process.stdout);
  const colours = coloursFor(process.stdout);
  let view: MonitorView = { focus: 'decisions', help: false };
  const news = new News((topic) => {
    if (topic === 'alerts' && bell) process.stdout.write(BELL);
  });
  const watched = await watchDesk(named, news, askForPicture);
  const paint = (): void => {
    const picture = pictureFrom(watched.line, watched.desk, Date.now());
    painter.paint(monitorLines(picture, view, colours, painter.width, painter.height));
  };
  const left = leaving(forMs);
  const resized = (): void => {
    painter.anew();
    paint();
  };
  process.stdout.on('resize', resized);
  const off = hearKeys((key) => {
    if (key === 'q' || key === CTRL_C) left.leave();
    else if (key === '?') view = { ...view, help: !view.help };
    else if (key in FOCUS) view = { focus: FOCUS[key]!, help: false };
    else return;
    paint();
  });
  const timer = setInterval(paint, REPAINT_MS);
  paint();
  try {
    await until(left, watched);
  } finally {
    clearInterval(timer);
    off();
    process.stdout.off('resize', resized);
    paint();
    painter.end('keep');
  }
  return ended(watched);
}

const FOCUS: Readonly<Record<string, Focus>> = { f: 'feeds', o: 'orders', p: 'positions', d: 'decisions' };
const CTRL_C = '\x03';

/** Without a keyboard there are none; a signal still ends it. */
function hearKeys(heard: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const hear = (bytes: Buffer): void => {
    for (const key of bytes.toString('utf8')) heard(key);
  };
  stdin.setRawMode(true);
  stdin.on('data', hear);
  return () => {
    stdin.off('data', hear);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

/** Into a pipe or a file: a line for each decision of note, as it is made, and for what becomes of the connection. */
export async function watchAsLines({ desk: named, forMs }: MonitorAsked): Promise<Answer> {
  const left = leaving(forMs);
  const tell = (text: string): void => {
    if (!print(1, text)) left.leave(); // nobody reads any more
  };
  const news = new News((topic, row) => {
    if (topic === 'decisions') tell(decisionLine(row as RowOf<'decisions'>));
  });
  let state: LineState['is'] = 'closed';
  let line: Line | null = null;
  const watched = await watchDesk(
    named,
    {
      changed: (place, rows) => {
        news.changed(place, rows);
        const now = line?.state.is ?? state;
        if (now === state || now === 'connecting' || now === 'closed') return;
        if (now === 'waiting' && state === 'closed') return; // until it is open there is nothing to lose
        state = now;
        tell(connectionLine(line!));
      },
    },
    (asked) => {
      asked.watch('decisions', '*');
      line = asked;
    },
  ).catch((error: unknown) => {
    left.leave();
    throw error;
  });
  await until(left, watched);
  return ended(watched);
}

function decisionLine({ cause, index, at, type, said }: RowOf<'decisions'>): string {
  return `${iso(at).slice(11, 19)} ${cause}.${index} ${type === 'Alerted' ? 'ALERT ' : ''}${said}`;
}

function connectionLine({ state, welcome, seq, at }: Line): string {
  if (state.is === 'open')
    return `watching ${welcome!.desk} (${welcome!.mode})${seq === 0 ? '' : `, last heard at number ${grouped(String(seq))}`}`;
  return `connection lost${at === 0 ? '' : ` at number ${grouped(String(seq))}`}: ${state.is === 'waiting' ? state.why : 'ended'}; it goes on when the desk is back`;
}

/**
 * What is new in decisions and alerts, each told once, also over a lost connection, and nothing of what was there before. A desk that a power cut
 * threw back gives its numbers out again: what has a number that was told, and says something else, is news.
 */
class News {
  readonly #tell: (topic: 'decisions' | 'alerts', row: RowOf<'decisions'> | RowOf<'alerts'>) => void;
  /** What was told, or there before, by topic and address; the oldest go first. */
  readonly #told = { decisions: new Map<string, string>(), alerts: new Map<string, string>() };
  readonly #begun = new Set<TopicName>();

  constructor(tell: (topic: 'decisions' | 'alerts', row: RowOf<'decisions'> | RowOf<'alerts'>) => void) {
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
      if (begun && (topic === 'alerts' || isWorth(row as RowOf<'decisions'>))) this.#tell(topic, row as RowOf<'decisions'>);
    }
    for (const key of told.keys()) {
      if (told.size <= REMEMBERED) break;
      told.delete(key);
    }
  };
}

/** More than a snapshot holds. */
const REMEMBERED = 3_000;

/** All that the desk tells, as it is now: rows of each topic with what each is about and its key. */
export async function watchAsDocument({ desk: named }: MonitorAsked): Promise<Answer> {
  let look = (): void => {};
  const watched = await watchDesk(named, { changed: () => look() }, (line) => {
    for (const topic of WHOLE) line.watch(topic, '*');
  });
  const { line } = watched;
  let asked = false;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new Refused(3, [`desk ${watched.desk} did not tell all within ${WHOLE_WITHIN_MS} ms`], `npx retrace status ${watched.desk}`),
          ),
        WHOLE_WITHIN_MS,
      );
      look = () => {
        const [feeds] = line.places('feeds', '*');
        if (feeds === undefined) return;
        const instruments = [...new Set([...feeds.followed.rows.values()].map((row) => (row as RowOf<'feeds'>).instrument))];
        if (!asked) {
          asked = true;
          for (const of of instruments) for (const topic of BY_INSTRUMENT) line.watch(topic, of);
        }
        const known = WHOLE.every((topic) => line.places(topic, '*').length > 0);
        if (known && instruments.every((of) => BY_INSTRUMENT.every((topic) => line.places(topic, of).length > 0))) resolve();
      };
      look();
    });
    const { seq, at, durable, welcome } = line;
    return {
      ok: true,
      fields: { desk: watched.desk, mode: welcome!.mode, seq, at, durable, topics: topicsOf(line) },
      text: [],
    };
  } finally {
    clearTimeout(timer);
    look = () => {};
    watched.close();
  }
}

const WHOLE_WITHIN_MS = 10_000;
const BY_INSTRUMENT: readonly TopicName[] = ['quotes', 'trades', 'candles'];
const WHOLE: readonly TopicName[] = TOPICS.filter((topic) => topic in DESK_ROWS && !BY_INSTRUMENT.includes(topic));

function topicsOf(line: Line): Record<string, readonly Readonly<{ of: string; key: string; row: unknown }>[]> {
  const instruments = line
    .places('feeds', '*')
    .flatMap(({ followed }) => [...followed.rows.values()].map((row) => (row as RowOf<'feeds'>).instrument));
  const told = (topic: TopicName, of: string) =>
    line.places(topic, of).flatMap(({ followed }) => [...followed.rows].map(([key, row]) => ({ of, key, row })));
  return Object.fromEntries([
    ...WHOLE.map((topic) => [topic, told(topic, '*')] as const),
    ...BY_INSTRUMENT.map((topic) => [topic, [...new Set(instruments)].flatMap((of) => told(topic, of))] as const),
  ]);
}

/** Somebody leaves, or the time is over. */
function leaving(forMs: number | null): Readonly<{ over: Promise<void>; leave: () => void }> {
  let leave = (): void => {};
  const over = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const off = onStop(leave);
  const timer = forMs === null ? null : setTimeout(leave, forMs);
  const done = over.then(() => {
    off();
    if (timer !== null) clearTimeout(timer);
  });
  return { over: done, leave };
}

async function until({ over, leave }: ReturnType<typeof leaving>, { broken, close }: WatchedDesk): Promise<void> {
  try {
    await Promise.race([over, broken]);
  } catch (error) {
    close();
    throw error;
  } finally {
    leave();
  }
}

function ended({ desk, line, close }: WatchedDesk): Answer {
  const { seq } = line;
  close();
  return {
    ok: true,
    fields: { desk, seq },
    text: [`Left ${desk} at number ${grouped(String(seq))}: it goes on.`, `next: npx retrace status ${desk}`],
  };
}
