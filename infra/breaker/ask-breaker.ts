/** Asks a running breaker by its socket to kill, and follows how far it gets. Null when nobody answers in time: then whoever asks kills alone. */
import { createConnection } from 'node:net';
import { LineReader, lineOf } from '../control/lines.ts';
import type { Progress } from './messages.ts';
import type { KillAsked } from './side-file.ts';

export const ANSWER_MS = 300;
const LINES = { mostBytes: 4 * 2 ** 20, lineMs: 5_000 };

/** The last progress heard: with `done`, or as it was after `waitMs` or when the breaker fell silent. */
export async function askBreaker(path: string, asked: KillAsked, waitMs: number): Promise<Progress | null> {
  const socket = createConnection({ path });
  socket.on('error', () => {}); // the reader sees the end
  let last: Progress | null = null;
  const begun = performance.now();
  const unanswered = setTimeout(() => socket.destroy(), ANSWER_MS);
  const over = setTimeout(() => socket.destroy(), waitMs);
  try {
    socket.write(lineOf({ kill: asked }));
    const lines = new LineReader(socket, { ...LINES, idleMs: waitMs });
    for (let line = await lines.next(); line !== null; line = await lines.next()) {
      clearTimeout(unanswered);
      const answer = JSON.parse(line) as Progress & { ok: boolean };
      if (!answer.ok) return last;
      const { ok, ...progress } = answer;
      last = progress as Progress;
      if (last.done || performance.now() - begun > waitMs) break;
    }
  } catch {
    return last; // cut off in the middle, or nonsense: what was heard before stands
  } finally {
    clearTimeout(unanswered);
    clearTimeout(over);
    socket.destroy();
  }
  return last;
}
