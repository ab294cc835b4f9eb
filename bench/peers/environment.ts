/** A Python environment for each peer, with the packages its requirements pin: they do not agree on one numpy. Made once; what was cut short is made again. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Environment = Readonly<{ python: string; version: string }>;

export class NoEnvironment extends Error {
  override name = 'NoEnvironment';
}

const PYTHON = process.platform === 'win32' ? 'python' : 'python3';

/** The version of Python there, or in words what to do. */
export function pythonVersion(): string {
  const asked = spawnSync(PYTHON, ['-c', 'import sys, venv; print(sys.version.split()[0])'], { encoding: 'utf8' });
  if (asked.error !== undefined)
    throw new NoEnvironment(
      `${PYTHON} does not start (${asked.error.message}): the peers are Python packages. Install Python 3.11 with its venv module, or run without them: --only plain`,
    );
  if (asked.status !== 0) throw new NoEnvironment(`${PYTHON} has no venv module: install it (often a package called python3-venv)`);
  return asked.stdout.trim();
}

export async function environmentOf(name: string, folders: Readonly<{ env: string; requirements: string }>, say: (line: string) => void) {
  const python = pythonVersion();
  const requirements = join(folders.requirements, `${name}.txt`);
  const text = readFileSync(requirements, 'utf8');
  const wanted = createHash('sha256').update(`${python}\n${text}`).digest('hex');
  const place = join(folders.env, name);
  const mark = join(place, 'ready');
  const program = process.platform === 'win32' ? join(place, 'Scripts', 'python.exe') : join(place, 'bin', 'python');
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
    say(`${name}: making its environment in ${place} (Python ${python}; ${text.trim().split('\n').join(', ')})`);
    rmSync(place, { recursive: true, force: true });
    await told(PYTHON, ['-m', 'venv', place], name);
    await told(program, ['-m', 'pip', 'install', '--only-binary', ':all:', '--progress-bar', 'off', '-r', requirements], name);
    writeFileSync(mark, wanted);
  }
  const asked = spawnSync(program, ['-c', `import importlib.metadata as m; print(m.version('${name}'))`], { encoding: 'utf8' });
  if (asked.status !== 0) throw new NoEnvironment(`${name} is not in ${place}: delete that folder and run again\n${asked.stderr}`);
  return { python: program, version: asked.stdout.trim() } satisfies Environment;
}

/** Its lines go to our stderr as they come. */
function told(program: string, args: readonly string[], name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2] });
    child.on('error', (error) => reject(new NoEnvironment(`${name}: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new NoEnvironment(
            `${name}: ${program} ${args.slice(0, 3).join(' ')} ended with code ${code}; its lines are above. Run again to go on, or leave it out with --only.`,
          ),
        );
    });
  });
}
