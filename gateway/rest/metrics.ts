/** The desk's figures as Prometheus reads them, under our own names. Counts and gauges only: what they mean together is for who draws them. */
import type { Desk } from '#actors/desk.ts';
import { plainText, type Route, type RouteName, route } from '../http/router.ts';
import { equityOf } from '../live/desk-rows.ts';
import type { DeskPort, Figure, RestPorts } from './ports.ts';

/** The text format of version 0.0.4. */
export const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

export function metricRoutes({ desk, figures }: Pick<RestPorts, 'desk' | 'figures'>): Route[] {
  const at = (path: RouteName) =>
    route({
      ...{ route: path, summary: 'Figures for Prometheus', tags: ['health'], out: { 200: plainText(PROMETHEUS) } },
      handle: () => ({ status: 200, body: exposition([...deskFigures(desk), ...figures()]), headers: { 'cache-control': 'no-store' } }),
    });
  return [at('GET /metrics'), at('GET /api/v1/metrics')];
}

export function exposition(figures: readonly Figure[]): string {
  return figures
    .map(({ name, help, type, values }) => {
      const full = `retrace_${name}`;
      const lines = values.map(({ labels, value }) => `${full}${labelsText(labels)} ${numberText(value)}`);
      return [`# HELP ${full} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${full} ${type}`, ...lines, ''].join('\n');
    })
    .join('');
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const numberText = (value: number): string =>
  Number.isNaN(value) ? 'NaN' : value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);

const one = (value: number): Figure['values'] => [{ labels: {}, value }];

export function deskFigures({ desk, durable, state, mode, name }: DeskPort): Figure[] {
  const { health, halted, killedAt, inputAgeUs, journal } = state();
  const { parts } = desk;
  const { gates, accounts, orders, markets, strategies } = parts;
  const rows = accounts.all.map((account) => equityOf(parts, account));
  const money = (key: 'equity' | 'cash' | 'drawdown' | 'dayLoss', figure: string, help: string): Figure => ({
    ...{ name: figure, help, type: 'gauge' },
    values: rows.map((row) => ({ labels: { account: row.account, currency: row.currency }, value: Number(row[key]) })),
  });
  return [
    { name: 'desk_info', help: 'Which desk this is', type: 'gauge', values: [{ labels: { desk: name, mode }, value: 1 }] },
    { name: 'up', help: '1 while the desk runs, 0 once it has stopped itself', type: 'gauge', values: one(halted === null ? 1 : 0) },
    { name: 'ready', help: '1 while an order could leave', type: 'gauge', values: one(health.ready ? 1 : 0) },
    { name: 'killed', help: '1 while the desk is killed', type: 'gauge', values: one(killedAt === null ? 0 : 1) },
    { name: 'journal_seq', help: 'The newest number of the journal', type: 'counter', values: one(desk.seq) },
    { name: 'journal_durable_seq', help: 'Up to this number the journal is on the disk', type: 'counter', values: one(durable()) },
    { name: 'journal_pending_bytes', help: 'Bytes that are not durable yet', type: 'gauge', values: one(journal.pendingBytes) },
    {
      name: 'journal_wait_seconds',
      help: 'How long the oldest question for durability waits',
      type: 'gauge',
      values: one(journal.waitedMs / 1e3),
    },
    { name: 'engine_time_seconds', help: 'Engine time of the newest fact', type: 'gauge', values: one(desk.at / 1e6) },
    ...(inputAgeUs === null
      ? []
      : [{ name: 'input_age_seconds', help: 'Since the newest input', type: 'gauge', values: one(inputAgeUs / 1e6) } as const]),
    {
      ...{ name: 'gate_open', help: '1 where orders may leave', type: 'gauge' },
      values: gates.all.map(({ scope, of, living }) => ({
        labels: { scope, of, state: living.value },
        value: living.value === 'OPEN' ? 1 : 0,
      })),
    },
    {
      ...{ name: 'feed_healthy', help: '1 HEALTHY, 0.5 DEGRADED, 0 DOWN', type: 'gauge' },
      values: markets.all.flatMap(({ definition, feeds }) =>
        feeds.map(({ spec, living }) => ({
          labels: { instrument: definition.id, source: spec.source },
          value: living.value === 'HEALTHY' ? 1 : living.value === 'DEGRADED' ? 0.5 : 0,
        })),
      ),
    },
    { name: 'orders_working', help: 'Orders that have not ended', type: 'gauge', values: counted(desk, () => true) },
    {
      name: 'orders_unknown',
      help: 'Orders whose outcome nobody knows',
      type: 'gauge',
      values: counted(desk, (state) => state === 'UNKNOWN'),
    },
    { name: 'orders_known', help: 'Orders the desk holds, ended ones too', type: 'gauge', values: one(orders.all.size) },
    {
      ...{ name: 'strategy_running', help: '1 while a strategy runs', type: 'gauge' },
      values: strategies.all.map(({ id, name: strategy, living }) => ({
        labels: { id, strategy, state: living.value },
        value: living.value === 'running' ? 1 : 0,
      })),
    },
    money('equity', 'account_equity', 'What the account is worth, in its currency'),
    money('cash', 'account_cash', 'Its cash'),
    money('drawdown', 'account_drawdown', 'Its fall from its peak'),
    money('dayLoss', 'account_day_loss', 'What it lost since the session began; below 0 on a day of gains'),
  ];
}

function counted({ parts: { accounts, orders } }: Desk, is: (state: string) => boolean): Figure['values'] {
  const working = [...orders.working];
  return accounts.all.map((account) => ({
    labels: { account: account.spec.id },
    value: working.filter((order) => order.account === account && is(order.living.value)).length,
  }));
}
