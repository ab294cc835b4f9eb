/** `retrace kill`: stops a desk whatever state it is in, cancels everything it has at its venues, and says what remains. */
import type { Command } from 'commander';
import { type Answer, Refused } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import type { Killed, VenuesOf } from '../compose/kill-desk.ts';

const WAIT_US = 10_000_000;

/** `venuesOf` reads the configuration: where a desk trades, for when no breaker of it answers. */
export const addKill = (program: Command, venuesOf: VenuesOf = configured): Command =>
  addCommand(program, {
    usage: 'kill [desk]',
    about: 'stop trading now: no order leaves any more, everything working is cancelled; works when the desk hangs or is gone',
    flags: [
      ['--why <text>', 'the reason, kept with the kill'],
      ['--flatten', 'close every position too, by market orders that only reduce'],
      ['--wait <time>', 'how long to wait for the venue to confirm (default 10s); the breaker goes on after that'],
    ],
    examples: [
      ['kill --why "wrong prices"', 'every desk that runs here'],
      ['kill live-1 --flatten', 'one desk, and its positions too'],
    ],
    run: (asked) => runKill(asked, venuesOf),
  });

const configured: VenuesOf = async (desk) => (await import('../compose/kill-venues.ts')).venuesOf(desk);

async function runKill({ flags, args }: Asked, venuesOf: VenuesOf): Promise<Answer> {
  const why = flags.text('why') ?? 'no reason given';
  const flatten = flags.flag('flatten');
  const waitMs = (flags.duration('wait', 0, 3_600_000_000) ?? WAIT_US) / 1_000;
  flags.done('kill');
  const [{ askedOf }, { killDesk, desksWithBreaker }, { deskHome }, { userInfo, hostname }] = await Promise.all([
    import('#infra/breaker/side-file.ts'),
    import('../compose/kill-desk.ts'),
    import('../compose/desk-home.ts'),
    import('node:os'),
  ]);
  const home = deskHome().path;
  const known = desksWithBreaker(home);
  const desks = await named(args[0] ?? null, known, venuesOf);
  const asked = askedOf(`${userInfo().username}@${hostname()}`, { why, flatten });
  const killed = await Promise.all(desks.map((desk) => killDesk(home, desk, asked, waitMs, venuesOf)));
  const clean = killed.every(isClean);
  const ended = killed.map(({ progress, ...rest }) => ({ ...progress, ...rest, lastCancelMs: rest.lastCancelMs }));
  return {
    ok: clean,
    fields: { desks: ended },
    text: [...killed.flatMap(linesOf), ...nextOf(killed)],
    code: clean ? 0 : killed.some(({ unreachable }) => unreachable !== null) ? 3 : 1,
  };
}

const isClean = ({ progress, unreachable }: Killed): boolean =>
  progress.latched && progress.done && progress.remaining.length === 0 && unreachable === null;

/** Without a name every desk that runs; when none does, the one that was here, or that of the configuration. */
async function named(
  desk: string | null,
  known: readonly Readonly<{ desk: string; runs: boolean }>[],
  venuesOf: VenuesOf,
): Promise<readonly string[]> {
  const names = known.map((one) => one.desk);
  if (desk !== null) {
    if (names.includes(desk) || (await venuesOf(desk).catch(() => null)) !== null) return [desk];
    const { nearest } = await import('../flags.ts');
    const meant = nearest(desk, names);
    const others = names.length === 0 ? 'no desk ever ran here' : `there are: ${names.join(', ')}`;
    throw new Refused(2, [`${desk}: no such desk${meant === null ? '' : `; did you mean ${meant}?`}`, others], 'npx retrace status');
  }
  const running = known.filter(({ runs }) => runs).map((one) => one.desk);
  if (running.length > 0) return running;
  if (names.length === 1) return names;
  const configured = await venuesOf(null).catch(() => null);
  if (configured !== null) return [configured.desk];
  const why = names.length === 0 ? 'no desk runs here, and none ever did' : `no desk runs here; there were: ${names.join(', ')}`;
  throw new Refused(2, [why], names.length === 0 ? null : `npx retrace kill ${names[0]}`);
}

function linesOf({ desk, way, because, progress, lastCancelMs, unreachable }: Killed): string[] {
  const { id, latched, orders, confirmed, remaining, flattened, held, troubles, done } = progress;
  const how = way === 'breaker' ? 'by its breaker' : `from here: ${because}`;
  const left = remaining.filter(({ what }) => what === 'order').length;
  const took = lastCancelMs === null ? '' : `, the last cancel after ${Math.round(lastCancelMs)} ms`;
  return [
    `${desk} is KILLED ${how} (${id})`,
    latched
      ? '  the latch is on the disk: nothing leaves, also after a restart'
      : '  THE LATCH IS NOT ON THE DISK: a restart may forget it',
    `  ${orders} ${orders === 1 ? 'order' : 'orders'} to cancel, ${confirmed} confirmed by the venue${took}`,
    ...held.map((position) => `  stays open: ${position}`),
    ...flattened.map((order) => `  sent to close a position: ${order}`),
    ...troubles.map((trouble) => `  ${trouble}`),
    ...(unreachable === null ? [] : [`  THE VENUE WAS NOT REACHED: ${unreachable}`]),
    ...remaining.map(
      ({ account, what, name, instrument, why }) => `  remains: ${account} ${what} ${[name, instrument].join(' ').trim()}: ${why}`,
    ),
    ...(left > 0 && way === 'breaker' && !done ? ['  its breaker goes on cancelling until the venue confirms'] : []),
  ];
}

function nextOf(killed: readonly Killed[]): string[] {
  const left = killed.filter((one) => !isClean(one));
  if (left.length > 0) return [`next: npx retrace kill ${left[0]!.desk} once more, or cancel what remains at the venue by hand`];
  return ['next: npx retrace status tells the number of the kill; npx retrace disarm --kill <number> lifts it, then npx retrace arm'];
}
