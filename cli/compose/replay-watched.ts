/** One recorded journal behind a dashboard, until Ctrl-C: opened, put where it was asked for, and left to whoever watches. */

import type { Plain } from '#engine/record.ts';
import type { ReplaySpeed } from '#gateway/contracts/replays.ts';
import { SPEED_LEAST, SPEED_MOST } from '#gateway/contracts/replays.ts';
import { type Answer, Refused, say } from '../answer.ts';
import { deskHome } from './desk-home.ts';
import { AT_HOME, gatewayLines } from './gateway/listening.ts';
import { openReplayGateway } from './gateway/replay-gateway.ts';
import { journalNamed, manifestOf, shortPath } from './journal-reader.ts';
import { partAsked } from './replay-session.ts';
import { onStop } from './signals.ts';

export type WatchAsked = Readonly<{ named: string; port: number | null; speed: number | null; from: string | null }>;

export async function watchReplay({ named, port, speed, from }: WatchAsked): Promise<Answer> {
  const pace = speed === null ? null : paceOf(speed);
  const found = journalNamed(named);
  const { path, reader, single } = found;
  if (single) throw new Refused(2, [`${named} is one segment: a dashboard plays a whole journal`], `npx retrace replay ${shortPath(path)}`);
  const begin = from === null ? null : (await partAsked(found, from, null)).first;
  let stop: (why: string) => void = () => {};
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const off = onStop(() => stop(''));
  const gateway = await openReplayGateway({
    ...{ home: deskHome().path, path, demo: isDemo(await manifestOf(reader)), failed: say },
    listen: port === null ? AT_HOME : { ...AT_HOME, port },
  });
  const { replay, move } = gateway;
  try {
    for (const line of gatewayLines(gateway)) say(line);
    say(`replay ${replay.id} of ${shortPath(path)}; Ctrl-C ends it, and nothing is written.`);
    if (begin !== null) await move({ to: { seq: begin } });
    if (pace !== null) await move({ play: pace });
    const why = await Promise.race([stopped, gateway.ended]);
    const fields = { journal: path, replay: replay.id, dashboard: gateway.origin, ended: why === '' ? null : why };
    if (why !== '') throw new Refused(1, [`the replay is no more: ${why}`], `npx retrace verify ${shortPath(path)}`, fields);
    return { ok: true, fields, text: [`next: npx retrace replay ${shortPath(path)} --dashboard`] };
  } finally {
    await gateway.close();
    off();
  }
}

function paceOf(speed: number): ReplaySpeed {
  if (speed === Number.POSITIVE_INFINITY) return 'max';
  if (speed >= SPEED_LEAST && speed <= SPEED_MOST) return speed;
  throw new Refused(2, [`--speed ${speed}: a dashboard plays at ${SPEED_LEAST} to ${SPEED_MOST}, or max`], 'npx retrace replay --help');
}

const isDemo = (manifest: Plain): boolean => (manifest as { run?: unknown } | null)?.run === 'demo';
