// `npm run bench:k6`: the desk of W7 under 10,000 ticks a second, and k6 beside it: programs that ask, then watchers that come and go.
import './node-version.mjs';
import { fork, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled, ROOT } from './install.mjs';

const say = (line) => process.stderr.write(`${line}\n`);
const [rate, symbols] = [Number(process.env.TICKS ?? 10_000), Number(process.env.SYMBOLS ?? 100)];

const k6 = [process.env.K6, 'k6', join(homedir(), 'go', 'bin', 'k6')].find(
  (one) => one !== undefined && (existsSync(one) || spawnSync(one, ['version']).status === 0),
);
if (k6 === undefined) {
  say(
    'bench:k6: k6 is not here. It is a program of its own: `go install go.k6.io/k6@v1.8.1`, or a package of your system; K6=<path> names another.',
  );
  process.exit(3);
}
try {
  ensureInstalled({ set: 'run', say });
  await ensureBuilt({ say });
} catch (error) {
  say(`bench:k6: ${error.message}`);
  process.exit(3);
}

/** The next word of the server, or its end. */
const said = (server) =>
  new Promise((resolve, reject) => {
    server.once('message', resolve);
    server.once('exit', (code) => reject(new Error(`the desk ended with ${code}`)));
  });

const server = fork(join(ROOT, 'dist', 'bench-w7.mjs'), ['w7-server'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
let failed = false;
try {
  server.send({ driver: process.env.DRIVER ?? 'uws', symbols, rate });
  const { origin } = await said(server);
  say(`A desk at ${origin}: ${symbols} instruments, ${rate} ticks a second.`);
  await new Promise((resolve) => setTimeout(resolve, 5_000)); // until it runs as it will
  for (const script of ['asking', 'watching']) {
    say(`\n${script}`);
    server.send('begin');
    await said(server);
    const path = join(ROOT, 'bench', 'k6', `${script}.js`);
    const run = spawn(k6, ['run', '--no-usage-report', '--quiet', '--no-color', path], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, RETRACE_URL: origin },
    });
    const code = await new Promise((resolve) => run.on('close', resolve));
    failed ||= code !== 0;
    server.send('took');
    const { cpuMs, wallMs, ticks, rssBytes } = await said(server);
    say(
      `the desk meanwhile: ${Math.round((ticks * 1_000) / wallMs)} ticks a second, ${Math.round((100 * cpuMs) / wallMs)} % of a core, ${Math.round(rssBytes / 1e6)} MB`,
    );
  }
  server.send('end');
  await new Promise((resolve) => server.once('exit', resolve));
} finally {
  server.kill('SIGKILL');
}
process.exit(failed ? 1 : 0);
