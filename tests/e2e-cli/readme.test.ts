/** The README's first proof is this build's: the two hashes it prints are those the demo gives. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the README prints the hashes of the demo it shows', () => {
  const home = mkdtempSync(join(tmpdir(), 'retrace-readme-'));
  try {
    const run = spawnSync(process.execPath, [join(ROOT, 'bin/retrace.mjs'), 'demo', '--ticks', '200000', '--json'], {
      cwd: home,
      encoding: 'utf8',
      env: { ...process.env, RETRACE_HOME: home },
    });
    const { runHash, stateHash } = JSON.parse(run.stdout) as { runHash: string; stateHash: string };
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(readme).toContain(`run   ${runHash}`);
    expect(readme).toContain(`state ${stateHash}`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
