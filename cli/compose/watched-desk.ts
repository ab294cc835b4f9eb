/** The line to a running desk over its control socket. A desk that was stopped and started again is found anew, by its name. */
import { type Heard, Line, type LinePorts } from '#gateway/contracts/line.ts';
import { DeskRefused, findDesk, type Watching, watchSocket } from '#infra/control/client.ts';
import type { RunFile } from '#infra/control/place.ts';
import { Refused } from '../answer.ts';
import { deskHome } from './desk-home.ts';
import { findRunning } from './operate.ts';

const ANSWER_MS = 10_000;
/** While it waits for the desk to be back: to look costs one small file. */
const LOOK_MS = 1_000;
/** A desk opens its gateway a moment after its control socket. */
const YOUNG_MS = 5_000;

export type WatchedDesk = Readonly<{
  desk: string;
  line: Line;
  /** Rejects when the desk that came back speaks another version: then waiting is no use. */
  broken: Promise<never>;
  close(): void;
}>;

/** Resolves once it is told of the desk; throws Refused when there is none, or none that tells. `ask`: what is looked at from the start. */
export async function watchDesk(named: string | null, heard: Heard, ask: (line: Line) => void): Promise<WatchedDesk> {
  const file = await findRunning(named);
  const { desk } = file;
  const first = new First(file);
  const line: Line = new Line(portsTo(desk, first), {
    changed: (place, news) => {
      heard.changed(place, news);
      first.look(line);
    },
  });
  ask(line);
  const looking = setInterval(() => line.hurry(), LOOK_MS);
  const close = (): void => {
    clearInterval(looking);
    line.end('left');
  };
  line.begin();
  try {
    await first.come;
  } catch (error) {
    close();
    throw error;
  }
  return { desk, line, broken: first.broken, close };
}

/** Whether the first welcome came, or why there will be none. After that, whatever ends the line is waited out. */
class First {
  readonly #file: RunFile;
  readonly come: Promise<void>;
  readonly broken: Promise<never>;
  #welcomed: () => void = () => {};
  #refused: (error: Error) => void = () => {};
  #broke: (error: Error) => void = () => {};

  constructor(file: RunFile) {
    this.#file = file;
    this.come = new Promise((resolve, reject) => {
      this.#welcomed = resolve;
      this.#refused = reject;
    });
    this.broken = new Promise((_, reject) => {
      this.#broke = reject;
    });
    this.broken.catch(() => {}); // whoever waits hears of it
  }

  look({ state }: Line): void {
    if (state.is === 'open') this.#welcomed();
    else if (state.is === 'closed') {
      const refused = new Refused(3, [state.why], 'npx retrace status');
      this.#refused(refused);
      this.#broke(refused);
    }
  }

  failed(error: Error): void {
    const { desk, pid, since } = this.#file;
    const reason = error instanceof DeskRefused ? error.reason : error.name;
    if (reason === 'NotWatched' && Date.now() - Date.parse(since) < YOUNG_MS) return;
    const next =
      reason === 'NotWatched'
        ? `npx retrace status ${desk} asks it once; started with its gateway on it can be watched`
        : 'npx retrace status';
    this.#refused(new Refused(3, [`desk ${desk} (process ${pid}) cannot be watched: ${error.message}`], next, { error: reason, desk }));
  }
}

function portsTo(desk: string, first: First): LinePorts {
  const home = deskHome().path;
  return {
    open: ({ heard, closed }) => {
      let watching: Watching | null = null;
      let over = false;
      const failed = (error: Error): void => {
        if (over) return;
        first.failed(error);
        closed(0, error.message);
      };
      findDesk(home, desk)
        .then(({ sockets }) => {
          if (!over) watching = watchSocket(sockets.control, { heard, closed: failed }, ANSWER_MS);
        })
        .catch(failed);
      return {
        send: (text) => watching?.send(text),
        close: () => {
          over = true;
          watching?.close();
        },
      };
    },
    nowMs: () => Date.now(),
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
  };
}
