// A vitest reporter that keeps what the others leave out: which files run at this moment, why each skipped test was skipped, and which passed
// at the second look only.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export default class TestNotes {
  #running = new Set();

  onTestModuleStart(module) {
    this.#running.add(module.relativeModuleId);
    note(process.env.RETRACE_RUNNING_FILE, [...this.#running]);
  }

  onTestModuleEnd(module) {
    this.#running.delete(module.relativeModuleId);
    note(process.env.RETRACE_RUNNING_FILE, [...this.#running]);
  }

  onTestRunEnd(modules) {
    const skips = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => ({
        test: `${module.relativeModuleId} > ${test.fullName}`,
        reason: test.result().note ?? (test.options.mode === 'todo' ? 'not written yet' : null),
      })),
    );
    note(process.env.RETRACE_SKIPS_FILE, skips);
    const again = modules.flatMap((module) =>
      [...module.children.allTests('passed')]
        .filter((test) => (test.diagnostic()?.retryCount ?? 0) > 0)
        .map((test) => ({
          test: `${module.relativeModuleId} > ${test.fullName}`,
          first: test.result().errors?.[0]?.message ?? 'no message kept',
        })),
    );
    note(process.env.RETRACE_AGAIN_FILE, again);
  }
}

function note(path, value) {
  if (!path) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
}
