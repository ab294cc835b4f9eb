// The longer work that CI has no time for: ten times the random days, outside days, failing exchanges, killed processes, every broken law, a hundred million ticks. `npm run soak`.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stdout.write(`${line}\n`);
const VITEST = join('node_modules', 'vitest', 'vitest.mjs');

ensureInstalled({ set: 'full', say });
await ensureBuilt({ say });
const STEPS = [
  ['5,000 random days through both desks', [VITEST, 'run', 'tests/agreement', '--testTimeout=7200000'], { AGREEMENT_RUNS: '5000' }],
  [
    '600 outside days through both desks',
    [VITEST, 'run', 'tests/mutation/outside.test.ts', '--testTimeout=7200000'],
    { OUTSIDE_DAYS: '600' },
  ],
  [
    'days at an exchange with every pair of faults, 20 seeds each; and 1,000 in which desk and venue are killed',
    [VITEST, 'run', 'tests/effects/faults.test.ts', 'tests/effects/processes.test.ts'],
    { EFFECTS_SEEDS: '20', EFFECTS_KILLS: '1000' },
  ],
  [
    'ten simulated days at an exchange that fails, level from end to end',
    [VITEST, 'run', 'tests/effects/day-long.test.ts', '--testTimeout=7200000'],
    { LONG_HOURS: '240', LONG_EVERY_S: '10' },
  ],
  [
    '100 kills of 200 orders each, the last cancel within 100 ms in 99 of them',
    [VITEST, 'run', 'tests/breaker/process.test.ts', '-t', 'how fast', '--testTimeout=7200000'],
    { BREAKER_KILLS: '100' },
  ],
  [
    'a journal on three brokers of Kafka: the leader killed, too few left',
    [VITEST, 'run', 'infra/kafka/kafka-cluster.test.ts'],
    { KAFKA_THREE: '1' },
  ],
  [
    'days at an exchange in which the desk, the broker or both are killed, 20 of each',
    [VITEST, 'run', 'tests/effects/kafka.test.ts', '--testTimeout=7200000'],
    { KAFKA_DAYS: '20' },
  ],
  ['every law broken once', [join('scripts', 'laws.mjs')], {}],
  ['100 million ticks journaled and verified in bounded memory', [join('dist', 'bench-w4.mjs'), '--long'], {}],
];
let failed = 0;
for (const [what, args, env] of STEPS) {
  say(`\n── ${what}`);
  const begin = Date.now();
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) failed++;
  say(`   ${status === 0 ? 'held' : 'FAILED'} after ${((Date.now() - begin) / 1000).toFixed(0)} s`);
}
say(`\n${STEPS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
