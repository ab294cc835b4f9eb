/** One decision as a short line for a status screen. The long form, with every number, is `retrace explain`. */
import { order, tell } from '#replay/tell.ts';
import { tellClause } from '#replay/tell-clauses.ts';
import type { Measures } from '#replay/words.ts';
import { stateName } from '../compose/desk-status.ts';
import type { Colours } from './terminal.ts';
import type { News } from './watch.ts';

export function sentence({ decision: d, fills, lots }: News, measures: Measures, colours: Colours): string {
  switch (d.type) {
    case 'OrderFilled': {
      const what = `${d.side === 'buy' ? 'bought' : 'sold'} ${measures.quantity(d.instrument, lots)} ${d.instrument} at ${measures.price(d.instrument, d.price)}${fills > 1 ? ` in ${fills} fills` : ''}`;
      return `${(d.side === 'buy' ? colours.green : colours.red)(what)}, now ${d.position === 0 ? 'flat' : measures.quantity(d.instrument, d.position)}`;
    }
    case 'OrderApproved':
      return `${order(d, measures)}: ${d.why}`;
    case 'OrderRefused': {
      const failed = d.clauses.filter(({ ok }) => !ok).map((clause) => tellClause(clause, d, measures, () => null));
      return `${colours.yellow('refused')} ${order(d, measures)} (${d.why}): ${failed.join('; ')}`;
    }
    case 'GateMoved':
      return `gate ${d.scope === 'global' ? 'of the desk' : `of ${d.of}`}: ${stateText(d.to, colours)}${d.reasons.length === 0 ? '' : ` because ${d.reasons.map(reasonText).join(', ')}`}`;
    case 'FeedMoved':
      return `${d.instrument} feed ${stateText(d.to, colours)}${d.to === 'HEALTHY' ? '' : ` (${troubleText(d.why)})`}: ${CONSEQUENCE[d.to] ?? ''}`;
    case 'StrategyMoved':
      return `${d.strategy}: ${d.to}`;
    default:
      return tell(d, measures).what;
  }
}

const CONSEQUENCE: Readonly<Record<string, string>> = {
  HEALTHY: 'orders may leave again',
  DEGRADED: 'only reducing orders may leave',
  DOWN: 'only cancels may leave',
};

/** `Faulted:gap` as `a gap`. */
export function troubleText(why: string): string {
  const [event = '', detail = ''] = why.split(':');
  switch (event) {
    case 'Faulted':
      return detail === 'time-back'
        ? 'time went back'
        : `${/^[aeiou]/.test(detail) ? 'an' : 'a'} ${detail} ${detail === 'gap' ? 'in the numbers' : 'tick'}`;
    case 'Lagged':
      return detail === '2' ? 'far too late' : 'late';
    case 'Heard':
    case 'Beat':
    case 'Fresh':
      return 'back, not yet trusted';
    default:
      return event.toLowerCase();
  }
}

/** `feed-down:synthetic` as a trader says it. */
export function reasonText(reason: string): string {
  const [cause = '', of = ''] = [reason.slice(0, reason.indexOf(':')), reason.slice(reason.indexOf(':') + 1)];
  return REASONS[cause]?.(of) ?? `${cause.replaceAll('-', ' ')}${of === '' ? '' : ` (${of})`}`;
}

const REASONS: Readonly<Record<string, (of: string) => string>> = {
  'feed-down': () => 'its feed is down',
  'feed-degraded': () => 'its feed is degraded',
  'soft-limit': () => "the day's soft loss limit is reached",
  'hard-limit': () => "the day's hard loss limit is reached",
  drawdown: () => 'the drawdown limit is reached',
  'limit-below-exposure': () => 'the position is beyond its limit',
  'order-unknown': (of) => `the outcome of order ${of} is unknown`,
  faulted: (of) => `${of} threw an error`,
  paused: (of) => `${of} is paused`,
  'session-lost': () => 'the session with the venue is lost',
};

export function stateText(state: string, colours: Colours): string {
  if (state === 'ARMED') return colours.yellow(stateName(state));
  const words = state.toLowerCase().replaceAll('_', ' ');
  if (state === 'OPEN' || state === 'HEALTHY' || state === 'running') return colours.green(words);
  if (state === 'HALTED' || state === 'KILLED' || state === 'DOWN' || state === 'CANCEL_ONLY' || state === 'faulted')
    return colours.red(words);
  return colours.yellow(words);
}
