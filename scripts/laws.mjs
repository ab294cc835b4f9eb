// Breaks each law on purpose, one at a time, in a copy of the sources, and sees the test that states it go red. `npm run laws`.
// A law whose test stays green is a failure: the test proves nothing.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each: the law, where it is broken, how, and the test that must notice. */
const LAWS = [
  [
    'a candle holds every accepted trade',
    'engine/market/candle-fold.ts',
    'if (price > high) high = price;',
    '',
    'tests/agreement/agreement.test.ts',
  ],
  [
    'a repeated message is no second trade',
    'engine/market/lane.ts',
    'if (seq <= this.newestSeq) return',
    'if (false) return',
    'tests/agreement/agreement.test.ts',
  ],
  [
    'an absurd price goes no further',
    'engine/market/lane.ts',
    'if (this.#absurd(value)) {',
    'if (false) {',
    'tests/agreement/agreement.test.ts',
  ],
  [
    'deadlines of one instant have one order',
    'engine/deadlines.ts',
    'a.stage - b.stage ||',
    'b.stage - a.stage ||',
    'tests/agreement/agreement.test.ts',
  ],
  [
    "a trade's lots are shared by price, arrival, address",
    'engine/execution/matching.ts',
    'a.beyond > b.beyond ? -1 : 1',
    'a.beyond > b.beyond ? 1 : -1',
    'tests/agreement/agreement.test.ts',
  ],
  [
    'what one of a group fills, the others lose in that very fact',
    'actors/desk/orders.ts',
    'Math.max(0, venue.remaining() - order.owed)',
    'venue.remaining()',
    'tests/reference/links.test.ts',
  ],
  [
    'what protects a position is no larger than it',
    'actors/desk/links.ts',
    'let room = Math.abs(position);',
    'let room = Number.POSITIVE_INFINITY;',
    'tests/reference/links.test.ts',
  ],
  [
    'a trailing stop is looked at where it would follow',
    'engine/execution/matching.ts',
    'if (trail !== null) this.buyBelow = Math.max(this.buyBelow, order.stop! - trail - 1);',
    '',
    'engine/execution/matching.test.ts',
  ],
  [
    'what is post-only never takes',
    'engine/execution/matching.ts',
    'const fresh = order.fresh && !order.terms.postOnly;',
    'const { fresh } = order;',
    'engine/execution/matching.test.ts',
  ],
  [
    'an outside venue is never asked for what it does not take',
    'engine/risk/clauses.ts',
    "{ name: 'venue', bindsReducing: true, judge: venue },",
    '',
    'engine/risk/clauses.test.ts',
  ],
  [
    'an order needs all of its gates',
    'engine/risk/clauses.ts',
    "{ name: 'gate', bindsReducing: true, judge: gate },",
    '',
    'tests/gate-model.test.ts',
  ],
  [
    'KILLED is latched',
    'actors/gate.ts',
    "{ guard: 'namesTheKill', target: 'RECONCILE', actions: 'disarmed' }",
    "{ target: 'RECONCILE', actions: 'disarmed' }",
    'tests/gate-model.test.ts',
  ],
  ['a fill after an end is kept', 'actors/order.ts', 'FILLED: { on: { Filled: late } }', 'FILLED: {}', 'actors/order.test.ts'],
  [
    'restoring changes nothing: deadlines are state',
    'actors/desk/state.ts',
    'if (from.settleAt !== null)',
    'if (false)',
    'tests/replay/restore.test.ts',
  ],
  [
    'restoring changes nothing: strategies are state',
    'actors/desk/state.ts',
    'state: definition.load(from.state, from.parameters, from.subscriptions)',
    'state: definition.start(from.parameters, from.subscriptions)',
    'tests/replay/restore.test.ts',
  ],
  ['verify derives every decision again', 'replay/rederive.ts', 'equal(recorded, derived, length)', 'true', 'tests/replay/tamper.test.ts'],
  [
    'a hash of inputs that differs is told',
    'replay/rederive.ts',
    'run.hashes.inputsHash() !== inputsHash',
    'false',
    'tests/replay/tamper.test.ts',
  ],
  [
    'the input hash knows every lot',
    'engine/journal/input-page.ts',
    'for (let j = 0; j < block.values.length; j++) copy(',
    'for (let j = 0; j < block.values.length - 1; j++) copy(',
    'engine/journal/hashes.test.ts',
  ],
  [
    'each posting sums to zero',
    'engine/portfolio/holding.ts',
    'const realised = -(cash + inventory) as Minor;',
    'const realised = -(cash + inventory + 1n) as Minor;',
    'engine/portfolio/ledger.test.ts',
  ],
  [
    'a decimal never passes through a float',
    'engine/decimal.ts',
    'export function parseDecimal(text: string): Decimal {',
    'export function parseDecimal(given: string): Decimal {\n  const text = String(Number(given));',
    'engine/decimal.test.ts',
  ],
  [
    'the journal has an input before the desk',
    'streams/sequencer.ts',
    'journal.append(frameOf(desk, epoch, first, payload));',
    '',
    'streams/sequencer.test.ts',
  ],
  [
    'a torn tail is kept aside',
    'infra/files/recover.ts',
    'await keepAside(disk, folder, file, segment, walked.end)',
    "''",
    'infra/memory/memory-journal.test.ts',
  ],
  [
    'an indicator restored is one that never stopped',
    'engine/indicators/ema.ts',
    '[, , this.#pushed, this.#value] =',
    '[, , this.#pushed] =',
    'engine/indicators/indicator.test.ts',
  ],
  [
    'no clock in the engine',
    'engine/deadlines.ts',
    'export const HEALTH = 1;',
    'export const HEALTH = Date.now() > 0 ? 1 : 1;',
    'tests/tidy.test.ts',
  ],
  [
    'nothing leaves before it is durable',
    'infra/outbox/outbox.ts',
    'durable().then(',
    'Promise.resolve(durable() && null).then(',
    'tests/effects/guards.test.ts',
  ],
  [
    'an order has one name for ever',
    'actors/desk/trading.ts',
    'const clientId = clientOrderId(this.#core.digest, this.#core.desk,',
    'const clientId = clientOrderId(this.#core.digest, `x${Math.random()}` as typeof this.#core.desk,',
    'tests/effects/guards.test.ts',
  ],
  [
    'what may have arrived is asked about before it is sent again',
    'infra/outbox/account-link.ts',
    '        this.#ask(flight);\n    }',
    "        this.#enqueue('open', effect, flight);\n        this.#pump();\n    }",
    'tests/effects/guards.test.ts',
  ],
  [
    'a first try that can still arrive is not sent again',
    'infra/outbox/account-link.ts',
    'askedAt > flight.deadAt + marginUs &&',
    'true &&',
    'tests/effects/guards.test.ts',
  ],
  [
    'an unknown outcome is no refusal',
    'infra/outbox/account-link.ts',
    "=== 'SENDING') this.#report(effect.order, { kind: 'Lost' });",
    "=== 'SENDING') this.#report(effect.order, { kind: 'Rejected', reason: 'timeout' });",
    'tests/effects/guards.test.ts',
  ],
  [
    'what is late stays home',
    'infra/outbox/account-link.ts',
    "if (this.#isLate(effect)) return 'late';",
    '',
    'tests/effects/guards.test.ts',
  ],
  [
    'the gate is looked at when an order leaves',
    'infra/outbox/account-link.ts',
    "return !this.#silenced && desk.closedFor(effect.order) === null ? null : 'gate';",
    'return null;',
    'tests/effects/guards.test.ts',
  ],
  [
    'nothing passes the latch of a kill',
    'infra/outbox/account-link.ts',
    "if (latch.isKilled()) return 'killed';",
    'latch.isKilled();',
    'tests/effects/guards.test.ts',
  ],
  [
    'who kills knows of an order before it leaves',
    'infra/outbox/account-link.ts',
    'watch.register({ account: this.account, clientId, instrument, validUntil: effect.validUntil });',
    '',
    'tests/effects/guards.test.ts',
  ],
  [
    'a cancel outlives the process that asked for it',
    'infra/outbox/account-link.ts',
    '    this.#pump();\n    // only then',
    '    // only then',
    'tests/effects/guards.test.ts',
  ],
  [
    'an outcome that was unknown when the desk died is asked for in time',
    'infra/outbox/account-link.ts',
    'if (mayArrive) this.#after(',
    'if (false) this.#after(',
    'tests/effects/guards.test.ts',
  ],
  [
    'what is closed by hand is closed for the strategy that held it',
    'actors/desk/set-off.ts',
    'if (own * nobodys >= 0) continue;',
    'continue;',
    'tests/reference/outside.test.ts',
  ],
  [
    'a position keeps its protection where nothing may close it',
    'actors/desk/commands.ts',
    'if (stopped !== undefined) return notNow(stopped.living.value);',
    '',
    'tests/reference/outside.test.ts',
  ],
  [
    'what ended while it was looked at is no difference',
    'infra/outbox/account-link.ts',
    "state !== 'working' || !isOver(name)",
    "state !== 'working' || !(isOver(name) && false)",
    'tests/effects/looks.test.ts',
  ],
  [
    'what was not let go yet is not missing at the venue',
    'infra/outbox/account-link.ts',
    '?? Number.POSITIVE_INFINITY) + marginUs',
    '?? this.#openedAt + this.#options.sendWindowUs) + marginUs',
    'tests/effects/looks.test.ts',
  ],
  [
    'what is asked of a line is answered by the number it was asked with',
    'infra/brokers/local/request-line.ts',
    'this.#settle(id, {',
    'this.#settle(Math.min(...this.#waiting.keys()), {',
    'infra/brokers/local/request-line.test.ts',
  ],
  [
    'on a line, too, nothing leaves that may not any more',
    'infra/brokers/local/request-line.ts',
    'if (request.mayLeave?.() === false) return',
    'if (false) return',
    'infra/brokers/local/request-line.test.ts',
  ],
  [
    'an order that closes cannot open at the venue',
    'infra/outbox/account-link.ts',
    'reduceOnly: reduceOnly || order.reducing,',
    'reduceOnly,',
    'tests/effects/sequences.test.ts',
  ],
  ['same seed, same bytes', 'engine/indicators/rsi.ts', '100 * (', '100.00000001 * (', 'tests/same-bytes.test.ts'],
];

const only = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'retrace-laws-'));
let unnoticed = 0;
const run = (test, days) =>
  spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', test, '--bail=1'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 240_000,
    env: { ...process.env, AGREEMENT_RUNS: days },
  }).status;
try {
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist|\.git|\.retrace|coverage)(\/|$)/.test(path.slice(ROOT.length)),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const asked = LAWS.filter(([law]) => only === undefined || law.includes(only));
  for (const test of new Set(asked.map(([, , , , test]) => test))) {
    if (run(test, '40') === 0) continue;
    unnoticed++;
    process.stdout.write(`RED BEFORE ${test}: it fails with every law in place\n`);
  }
  for (const [law, file, text, broken, test] of asked) {
    const path = join(folder, file);
    const source = readFileSync(path, 'utf8');
    if (!source.includes(text)) {
      unnoticed++;
      process.stdout.write(`STALE      ${law}: ${file} no longer has «${text}»\n`);
      continue;
    }
    writeFileSync(
      path,
      source.replace(text, () => broken),
    );
    const red = run(test, '200') !== 0;
    writeFileSync(path, source);
    if (!red) unnoticed++;
    process.stdout.write(`${red ? 'noticed   ' : 'UNNOTICED '} ${law}  (${file} → ${test})\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${unnoticed === 0 ? 'every broken law was noticed' : `${unnoticed} broken laws went unnoticed`}\n`);
process.exitCode = unnoticed === 0 ? 0 : 1;
