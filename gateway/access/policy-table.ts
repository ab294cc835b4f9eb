/**
 * THE table of who may what: a row for each route and each topic. What has no row, nobody may. Only data: policy.ts reads it.
 * The files of the dashboard hold nothing of the desk and are not asked for here. What changes how a desk is set up (instruments, feeds, venues,
 * limits, deployments, settings) has no row on purpose: that is its configuration, a file whose every change is seen before the desk starts with it.
 * What is recorded (alerts, the journal) is never taken away from here, nor what it names: a kept strategy goes only while nothing here was run with it.
 */
import type { Role } from './roles.ts';

export type Rule = Readonly<{
  /** Of one's own, and of what belongs to nobody in particular. */
  least: Role | 'anyone';
  /** Of what belongs to somebody else. */
  others: Role | 'anyone';
  /** `live`: where it touches a live account. What takes risk away never waits for one. */
  step: 'never' | 'live' | 'always';
  /** A person at a browser, and no program: what makes or changes keys to the house. */
  by: 'any' | 'session';
}>;

const rule = (least: Rule['least'], more: Partial<Omit<Rule, 'least'>> = {}): Rule => ({
  least,
  others: least,
  step: 'never',
  by: 'any',
  ...more,
});
const rows = (rule: Rule, ...names: readonly string[]): Record<string, Rule> => Object.fromEntries(names.map((name) => [name, rule]));

const ANYONE = rule('anyone');
const READS = rule('viewer');
const READS_OWN = rule('viewer', { others: 'admin' });
const KEYS_OF_ONES_OWN = rule('viewer', { others: 'admin', by: 'session' });
/** Takes risk away: at once, from whoever trades. */
const REDUCES = rule('trader');
const TRADES = rule('trader', { step: 'live' });
const CHANGES_ORDER = rule('trader', { others: 'admin', step: 'live' });
const RESEARCHES = rule('trader');
const CHANGES_OWN_WORK = rule('trader', { others: 'admin' });
/** Lets trading begin or go on, or moves what holds it back. */
const RELEASES = rule('admin', { step: 'live' });
const ADMINISTERS = rule('admin');
const HOLDS_KEYS = rule('admin', { step: 'always', by: 'session' });

/** `<method> <path>`; a part that begins with a colon stands for any one part. HEAD is GET. */
export const ROUTES: Readonly<Record<string, Rule>> = {
  ...rows(
    ANYONE,
    'GET /health/live',
    'GET /health/ready',
    'GET /api/v1/health/live',
    'GET /api/v1/health/ready',
    'GET /api/v1/session', // who am I, and the token of this session
    'POST /api/v1/session', // sign in
    'POST /api/v1/session/demo',
    'POST /api/v1/first-run',
    'GET /api', // a page about this API; what it tells of the desk it asks for by the other rows
    'GET /api/page.css',
    'GET /api/page.js',
  ),
  ...rows(
    READS,
    'GET /metrics',
    'GET /api/v1/metrics',
    'GET /api/v1/openapi.json',
    'GET /api/v1/asyncapi.json',
    'GET /api/v1/live', // the WebSocket: each topic is asked for by itself
    'GET /api/v1/desks',
    'GET /api/v1/desks/:desk',
    'GET /api/v1/brokers',
    'GET /api/v1/brokers/:broker',
    'GET /api/v1/machines',
    'GET /api/v1/instruments',
    'GET /api/v1/instruments/:instrument',
    'GET /api/v1/feeds',
    'GET /api/v1/feeds/:feed',
    'GET /api/v1/candles',
    'GET /api/v1/ticks',
    'GET /api/v1/strategies',
    'GET /api/v1/strategies/:strategy',
    'GET /api/v1/strategies/:strategy/changes',
    'GET /api/v1/strategy-language',
    'GET /api/v1/runs',
    'GET /api/v1/runs/:run',
    'GET /api/v1/runs/:run/:part',
    'GET /api/v1/comparison', // of two runs
    'GET /api/v1/sweeps',
    'GET /api/v1/sweeps/:sweep',
    'GET /api/v1/sweeps/:sweep/plateau',
    'GET /api/v1/tapes',
    'GET /api/v1/backtests',
    'GET /api/v1/backtests/:backtest',
    'GET /api/v1/orders',
    'GET /api/v1/orders/:order',
    'GET /api/v1/fills',
    'GET /api/v1/trades',
    'GET /api/v1/decisions',
    'GET /api/v1/decisions/:address',
    'GET /api/v1/positions',
    'GET /api/v1/portfolio',
    'GET /api/v1/portfolio/metrics',
    'GET /api/v1/limits',
    'GET /api/v1/guards',
    'GET /api/v1/refusals',
    'GET /api/v1/gate',
    'GET /api/v1/explain/:address',
    'GET /api/v1/state',
    'GET /api/v1/replays', // recorded days, watched again: they change nothing, and one clock is for all who watch
    'GET /api/v1/replays/live', // the WebSocket of one
    'GET /api/v1/replays/:id',
    'GET /api/v1/replays/:id/timeline',
    'POST /api/v1/replays',
    'POST /api/v1/replays/:id/move',
    'POST /api/v1/replays/:id/together',
    'GET /api/v1/journal',
    'GET /api/v1/journal/:number',
    'GET /api/v1/alerts',
    'GET /api/v1/settings',
  ),
  ...rows(REDUCES, 'POST /api/v1/kill', 'POST /api/v1/pause', 'POST /api/v1/stop', 'POST /api/v1/flatten', 'DELETE /api/v1/orders/:order'),
  ...rows(TRADES, 'POST /api/v1/orders'),
  ...rows(CHANGES_ORDER, 'PATCH /api/v1/orders/:order'),
  ...rows(
    RELEASES,
    'POST /api/v1/arm',
    'POST /api/v1/disarm',
    'POST /api/v1/ack',
    'POST /api/v1/resume',
    'POST /api/v1/reset',
    'POST /api/v1/accept-venue',
  ),
  ...rows(READS_OWN, 'DELETE /api/v1/replays/:id'),
  ...rows(
    RESEARCHES,
    'POST /api/v1/replays/:id/fork',
    'POST /api/v1/backtests',
    'POST /api/v1/strategies',
    'PUT /api/v1/strategies/:strategy', // another version beside those that are kept
    'POST /api/v1/alerts/:alert/seen',
  ),
  ...rows(CHANGES_OWN_WORK, 'DELETE /api/v1/backtests/:backtest'),
  ...rows(
    ADMINISTERS,
    'PATCH /api/v1/runs/:run', // a kept run does not say whose it is
    'DELETE /api/v1/runs/:run',
    'DELETE /api/v1/strategies/:strategy', // nor does a kept strategy
    'GET /api/v1/users',
    'GET /api/v1/attempts',
  ),
  ...rows(READS_OWN, 'GET /api/v1/users/:user', 'GET /api/v1/tokens', 'GET /api/v1/sessions'),
  ...rows(
    KEYS_OF_ONES_OWN,
    'DELETE /api/v1/session', // sign out
    'POST /api/v1/session/second-step',
    'DELETE /api/v1/tokens/:token',
    'DELETE /api/v1/sessions', // sign out everywhere
    'DELETE /api/v1/sessions/:session',
  ),
  ...rows({ ...KEYS_OF_ONES_OWN, step: 'always' }, 'POST /api/v1/users/:user/password', 'POST /api/v1/tokens'),
  ...rows(HOLDS_KEYS, 'POST /api/v1/users', 'PATCH /api/v1/users/:user'),
};

/** What a WebSocket may listen to. */
export const TOPICS: Readonly<Record<string, Rule>> = {
  ...rows(
    READS,
    'quotes',
    'trades',
    'candles',
    'book',
    'feeds',
    'gate',
    'orders',
    'positions',
    'equity',
    'decisions',
    'alerts',
    'journal',
    'system',
    'runs', // as GET /api/v1/backtests tells them
  ),
  ...rows(ADMINISTERS, 'logs'), // lines may name people and addresses
};
