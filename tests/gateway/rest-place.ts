/** The REST API over a real desk: a seeded day in a journal on the disk, read as the reading thread reads it; access with its real rules; no sockets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { statusOf } from '#cli/compose/desk-status.ts';
import { answersOver } from '#cli/reader/answers.ts';
import { addressOf, type Decision, type DecisionOf } from '#engine/decisions.ts';
import type { InputRecord } from '#engine/inputs.ts';
import { decodePayload } from '#engine/journal/payload-codec.ts';
import { decodeDecisions } from '#engine/journal/record-codec.ts';
import type { Seq } from '#engine/values.ts';
import type { RestBacktest } from '#gateway/contracts/rest-runs.ts';
import { IDEMPOTENCY_LIMITS, IdempotencyStore, idempotencyLayer } from '#gateway/http/idempotency.ts';
import { layered } from '#gateway/http/layer.ts';
import { Refused } from '#gateway/http/problem.ts';
import { openRouter, type Route } from '#gateway/http/router.ts';
import type { CommandAsked, JournalQuestions, RestPorts } from '#gateway/rest/ports.ts';
import { restRoutes } from '#gateway/rest/routes.ts';
import { accessLayer, callerOf, factsOf, nameOf, refusalHeaders, refusalProblem } from '#gateway/serve/admission.ts';
import type { Answer, Method } from '#gateway/transport/server.ts';
import type { DeskRun } from '#replay/desk-run.ts';
import { ORIGIN, Place } from '#tests/access/place.ts';
import { asked, bodyOf } from '#tests/http-request.ts';
import { testCatalogue } from '#tests/reference/strategies.ts';
import { type RandomDesk, randomSteps } from '#tests/replay/random-desk.ts';
import { recordJournal } from '#tests/replay/recorder.ts';
import { recordRun } from '#tests/replay/runs.ts';

export type Who = Readonly<{ headers: Readonly<Record<string, string>> }>;
export const NOBODY: Who = { headers: {} };

export type Row = Readonly<Record<string, unknown>>;
/** Of lists and of problems what a test looks at; anything else is asked for by its name. */
export type Body = Row & { items: Row[]; next: string | null; seq: number; fields: { field: string; detail: string }[] };
export type Said = Readonly<{ status: number; headers: Answer['headers']; text: string; body: Body }>;

export type RestPlace = Readonly<{
  run: DeskRun;
  folder: string;
  /** As they are recorded. */
  decisions: readonly Decision[];
  inputs: readonly InputRecord[];
  journal: JournalQuestions;
  ports: RestPorts;
  routes: readonly Route[];
  access: Place;
  commands: CommandAsked[];
  /** A program's token. */
  program: (user: string, scope: 'read' | 'trade' | 'admin', liveBy?: string) => Promise<Who>;
  browser: (user: string) => Promise<Who>;
  ask: (
    who: Who,
    method: Method,
    path: string,
    more?: Readonly<{ query?: string; body?: unknown; headers?: Readonly<Record<string, string>> }>,
  ) => Promise<Said>;
  close: () => void;
}>;

/** Its day, where nothing else is asked for. */
export const REST_DAY = {
  ...{ seed: 11, ticks: 5_000, cuts: [200, 30, 5], paceUs: 120_000, checkpointEvery: 9, segmentAt: [4], byHand: true },
} as const satisfies RandomDesk;

export async function restPlace(given: Readonly<{ seed?: number; ticks?: number; live?: boolean }> = {}): Promise<RestPlace> {
  const { live = false, ...day } = given;
  const folder = join(mkdtempSync(join(tmpdir(), 'rest-')), 'journal');
  const steps = () => randomSteps({ ...REST_DAY, ...day });
  const { frames, run } = recordJournal(steps(), { catalogue: testCatalogue });
  await recordRun(folder, { name: 'test', about: '', clean: true, steps });
  const payloads = frames.map(decodePayload);
  const decisions = payloads.flatMap((payload) => (payload.kind === 'decisions' ? decodeDecisions(payload.bytes) : []));
  const inputs = payloads.flatMap((payload) => (payload.kind === 'inputs' ? payload.records : []));
  const access = new Place(live ? { liveAccounts: () => true } : {});
  await access.users(['root', 'admin'], ['anna', 'trader'], ['bob', 'viewer']);

  const answers = answersOver(folder, testCatalogue);
  const journal = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      (question: never, signal: AbortSignal) =>
        (answer as (asked: never, stop: () => boolean) => Promise<unknown>)(question, () => signal.aborted),
    ]),
  ) as unknown as JournalQuestions;
  const commands: CommandAsked[] = [];
  const seen = new Map<string, { by: string; at: number }>();
  const backtests = new Map<string, RestBacktest>();
  const { desk } = run;
  const ports: RestPorts = {
    desk: {
      ...{ name: 'tests', mode: 'PAPER', desk, durable: () => desk.seq },
      state: () =>
        statusOf(desk.parts, desk.at, {
          ...{ desk: 'tests', halted: null, inputAgeUs: null, disk: null, breaker: null },
          journal: { folder: 'journal', pendingBytes: 0, waitedMs: 0 },
        }) as never,
      async command(given) {
        commands.push(given);
        const { key, by, saw, command } = given;
        const record = {
          type: 'CommandGiven',
          seq: (desk.seq + 1) as Seq,
          at: desk.at,
          key,
          by,
          sawSeq: saw as Seq | null,
          command,
        } as const;
        run.input(record);
        const taken = run.takeDecisions();
        const answer = decodeDecisions(taken!.bytes).find((one): one is DecisionOf<'CommandAnswered'> => one.type === 'CommandAnswered')!;
        const { ok, why, numbers } = answer;
        const plain = numbers.map(([name, value]): [string, string | number] => [
          name,
          typeof value === 'bigint' ? value.toString() : value,
        ]);
        return { ok, why, numbers: plain, address: addressOf(answer), seq: record.seq, durable: true, text: ok ? 'done' : why };
      },
    },
    journal,
    runs: {
      list: async () => ({ items: [], next: null }),
      find: async () => null,
      part: async ({ run, part }) =>
        part === 'equity'
          ? { part, run, currency: 'USD', cash: '1', points: 0, items: [] }
          : { part: 'ledger', run, total: 0, items: [], next: null },
      compare: async () => ({}) as never,
      tag: async () => ({}) as never,
      remove: async () => {},
      tapes: async () => [],
    },
    sweeps: { list: async () => [], find: async () => null, plateau: async () => null },
    strategies: {
      list: () => answers.strategies(null, () => false),
      find: (named) => answers.strategy({ named }, () => false),
      changes: (before, after) => answers.strategyChanges({ before, after }, () => false),
      check: (text, _keep, name) => answers.strategyChecked({ text, keep: false, name }, () => false),
      remove: async () => [],
    },
    backtests: {
      limits: { atOnce: 1, waiting: 1 },
      start(body, by) {
        const backtest = `0000000${backtests.size}`;
        const begun: RestBacktest = {
          ...{
            backtest,
            state: 'running',
            by,
            asked: body,
            askedAt: 1,
            startedAt: 1,
            endedAt: null,
            share: 0,
            run: null,
            result: null,
            problem: null,
          },
        };
        backtests.set(backtest, begun);
        return begun;
      },
      list: () => [...backtests.values()].reverse(),
      find: (id) => backtests.get(id) ?? null,
      cancel(id) {
        backtests.set(id, { ...backtests.get(id)!, state: 'cancelled' });
        return backtests.get(id)!;
      },
    },
    alerts: {
      of: (alert) => seen.get(alert) ?? null,
      async mark(alert, by, at) {
        if (!seen.has(alert)) seen.set(alert, { by, at });
        return seen.get(alert)!;
      },
    },
    access: {
      state: () => access.store.read(),
      administer: access.administer,
      attempts: async () => [...access.attempts].reverse(),
      times: access.access.times,
    },
    settings: {
      ...{ version: '0.0.0', build: 'test', questions: { withinMs: 1, waiting: 1 } },
      rows: () => [{ name: 'RETRACE_HOME', value: '.retrace', from: 'default' }],
    },
    figures: () => [],
    nowUs: access.ports.nowUs,
  };
  const routes = restRoutes(ports);
  const router = openRouter(routes, null, (request, about) => {
    const decision = access.access.decide(factsOf(request, false), about);
    if (!decision.allowed) throw new Refused(refusalProblem(decision), refusalHeaders(decision));
  });
  const keys = new IdempotencyStore(IDEMPOTENCY_LIMITS, () => access.now / 1_000);
  const answer = layered(
    [
      accessLayer(access.access, false, () => ({ owner: null, live: false })),
      idempotencyLayer(keys, (request) => nameOf(callerOf(request))),
    ],
    (request) => router.answer(request),
  );
  return {
    ...{ run, folder, decisions, inputs, journal, ports, routes, access, commands },
    async program(user, scope, liveBy) {
      return { headers: { authorization: `Bearer ${await access.token(user, scope, liveBy ?? null)}` } };
    },
    async browser(user) {
      const signed = await access.signedIn(user);
      const cookie = signed.cookie.slice(0, signed.cookie.indexOf(';'));
      return { headers: { cookie, origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'x-csrf-token': signed.csrf } };
    },
    async ask(who, method, path, { query = '', body, headers = {} } = {}) {
      const said = await answer(
        asked({
          ...{ method, path, query, cap: 1_000_000 },
          headers: { ...who.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
      );
      const text = bodyOf(said);
      const isJson = String(said.headers['content-type'] ?? '').includes('json');
      return { status: said.status, headers: said.headers, text, body: isJson && text !== '' ? JSON.parse(text) : ({} as Body) };
    },
    close: () => rmSync(join(folder, '..'), { recursive: true, force: true }),
  };
}
