// A vitest reporter that keeps why each test was skipped; vitest's JSON report leaves the reason out.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export default class SkipReasons {
  onTestRunEnd(modules) {
    const path = process.env.RETRACE_SKIPS_FILE;
    if (!path) return;
    const skips = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => ({
        test: `${module.relativeModuleId} > ${test.fullName}`,
        reason: test.result().note ?? (test.options.mode === 'todo' ? 'not written yet' : null),
      })),
    );
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(skips));
  }
}
