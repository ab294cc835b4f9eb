/**
 * A replay in a thread of its own, as its two ends speak: what is asked of it, what it answers, and what it tells without being asked. The thread is
 * somebody else's; here is what goes over its line.
 */

import type { TopicName } from '../contracts/live.ts';
import type { ReplayMove, ReplayStanding, ReplayTimeline } from '../contracts/replays.ts';
import { DESK_ROWS, type DeskTopic } from '../contracts/rows.ts';
import { type Watched, watched } from '../live/live-end.ts';
import type { May } from '../live/viewer.ts';
import type { SocketListener } from '../transport/server.ts';
import { GONE, type Line, portListener, portSocket, type Refusals } from './port-socket.ts';
import type { Beside, ReplaySession } from './session.ts';

export type About = ReturnType<ReplaySession['about']>;

type Asked = Readonly<{ move: ReplayMove }> | Readonly<{ timeline: number }>;
type ToThread =
  | Readonly<{ ask: number; what: Asked }>
  | Readonly<{ follow: ReplayStanding }>
  | Readonly<{ linked: Beside }>
  | Readonly<{ watch: Line; remote: string; refused: Refusals }>;
export type FromThread =
  | Readonly<{ opened: About; stands: ReplayStanding }>
  | Readonly<{ answer: number; said: unknown }>
  | Readonly<{ stands: ReplayStanding; ready: number }>
  /** It could not be opened, and why, in words. */
  | Readonly<{ refused: readonly string[] }>;

/** One replay, wherever it runs. */
export interface Player {
  readonly about: About;
  readonly stands: ReplayStanding;
  readonly ready: number;
  move(move: ReplayMove): Promise<ReplayStanding>;
  timeline(buckets: number): Promise<ReplayTimeline>;
  follow(standing: ReplayStanding): void;
  linked(beside: Beside): void;
  /** Lets somebody watch it. */
  watch(may: May): Watched;
  /** Called with where it stands, whenever that is news. */
  onStands: ((standing: ReplayStanding) => void) | null;
  /** Called once with why, when it is no more. */
  onEnd: ((why: string) => void) | null;
  /** Whatever was asked and not answered is refused with the same. */
  end(why: string): void;
}

export class PlayerGone extends Error {
  override readonly name = 'PlayerGone';
}

/** In the thread: hears what is asked and lets viewers in. `unsentBytes`: what may wait for one of them. */
export function serveSession(line: Line, session: ReplaySession, unsentBytes: number): void {
  line.on('message', (told: ToThread) => {
    if ('follow' in told) session.follow(told.follow);
    else if ('linked' in told) session.linked(told.linked);
    else if ('watch' in told) letIn(told.watch, told.remote, told.refused, session, unsentBytes);
    else {
      const { ask, what } = told;
      const answer = (said: unknown): void => line.postMessage({ answer: ask, said } satisfies FromThread);
      if ('timeline' in what) answer(session.timeline(what.timeline));
      else void session.move(what.move).then(answer);
    }
  });
  line.postMessage({ opened: session.about(), stands: session.standing() } satisfies FromThread);
}

function letIn(line: Line, remote: string, refused: Refusals, session: ReplaySession, unsentBytes: number): void {
  let now = refused;
  const may: May = (topic) =>
    topic in DESK_ROWS
      ? (now[topic] ?? null)
      : { reason: `a replay has no ${topic}`, remedy: `it has ${Object.keys(DESK_ROWS).join(', ')}` };
  const { listener, recheck } = watched(session.hub, may);
  portSocket(line, remote, unsentBytes, listener, (changed) => {
    now = changed;
    recheck();
  });
}

/** What its maker knows of the thread. `channel`: two ends of a new line, one of which can be sent. */
export type ThreadEnd = Readonly<{ line: Line; channel: () => Readonly<{ near: Line; far: Line }>; stop: () => void }>;

/** From outside. `opened` resolves once it is; it rejects with what `refuse` makes of why it is not. `died`: the thread is no more. */
export function playerOver(
  { line, channel, stop }: ThreadEnd,
  refuse: (why: readonly string[]) => Error,
): Readonly<{ opened: Promise<Player>; died: (why: string) => void }> {
  const waiting = new Map<number, Readonly<{ resolve: (said: never) => void; reject: (error: Error) => void }>>();
  let asked = 0;
  let state: { about: About; stands: ReplayStanding; ready: number } | null = null;
  let over: string | null = null;
  const say = (told: ToThread, transfer: readonly unknown[] = []): void => {
    if (over === null) line.postMessage(told, transfer as ArrayBuffer[]);
  };
  const ask = <T>(what: Asked): Promise<T> => {
    if (over !== null) return Promise.reject(new PlayerGone(over));
    const number = ++asked;
    say({ ask: number, what });
    return new Promise<T>((resolve, reject) => waiting.set(number, { resolve, reject }));
  };
  const died = (why: string): void => {
    if (over !== null) return;
    over = why;
    for (const { reject } of waiting.values()) reject(new PlayerGone(why));
    waiting.clear();
    player.onEnd?.(why);
  };
  const player: Player = {
    get about() {
      return state!.about;
    },
    get stands() {
      return state!.stands;
    },
    get ready() {
      return state!.ready;
    },
    move: (move) => ask<ReplayStanding>({ move }),
    timeline: (buckets) => ask<ReplayTimeline>({ timeline: buckets }),
    follow: (standing) => say({ follow: standing }),
    linked: (beside) => say({ linked: beside }),
    watch(may) {
      let end: ReturnType<typeof portListener> | null = null;
      const listener: SocketListener = {
        open(socket) {
          const { near, far } = channel();
          end = portListener(near);
          end.listener.open(socket); // before the thread knows of it, which speaks at once
          if (over === null) say({ watch: far, remote: socket.remote, refused: refusalsOf(may) }, [far]);
          else socket.close(GONE, over);
        },
        message: (socket, message) => end?.listener.message(socket, message),
        drain: (socket) => end?.listener.drain(socket),
        missed: () => {},
        close: (socket, code, reason) => end?.listener.close(socket, code, reason),
      };
      return { listener, recheck: () => end?.rights(refusalsOf(may)) };
    },
    onStands: null,
    onEnd: null,
    end(why) {
      died(why);
      stop();
    },
  };
  const opened = new Promise<Player>((resolve, reject) => {
    line.on('message', (told: FromThread) => {
      if ('opened' in told) {
        state = { about: told.opened, stands: told.stands, ready: 0 };
        resolve(player);
      } else if ('refused' in told) {
        over = told.refused.join('; ');
        reject(refuse(told.refused));
        stop();
      } else if ('answer' in told) {
        waiting.get(told.answer)?.resolve(told.said as never);
        waiting.delete(told.answer);
      } else if (state !== null) {
        Object.assign(state, told);
        player.onStands?.(told.stands);
      }
    });
    player.onEnd = (why) => reject(new PlayerGone(why));
  });
  return { opened, died };
}

/** Asked for the topics that a replay has, where it is known who asks. */
function refusalsOf(may: May): Refusals {
  const refused: Record<string, Readonly<{ reason: string; remedy: string }>> = {};
  for (const topic of Object.keys(DESK_ROWS) as (DeskTopic & TopicName)[]) {
    const no = may(topic, '*');
    if (no !== null) refused[topic] = no;
  }
  return refused;
}
