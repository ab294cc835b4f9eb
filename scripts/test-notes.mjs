// A vitest reporter that keeps what the others leave out: which files run at this moment, and why each skipped test was skipped.
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
  }
}

function note(path, value) {
  if (!path) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(value));
}
