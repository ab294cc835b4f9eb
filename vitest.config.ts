// How the tests run: one process a file, UTC, and the folders' `#` imports resolved from package.json.
import { defineConfig } from 'vitest/config';

process.env['TZ'] = 'UTC';

export default defineConfig({
  test: {
    include: ['{engine,actors,streams,replay,gateway,infra,cli,bench,tests}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'tests/node24/**'],
    pool: 'forks',
    maxWorkers: 2, // also on two cores: the default would leave one idle
    // Where a run decides, a test that failed is looked at once more: processes and sockets share their machine with others. What is random has its
    // seed from the tree (scripts/steps.mjs) and fails again; what passed at the second look only is listed at the end.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    env: { TZ: 'UTC' },
    setupFiles: process.env['PROPERTY_SEED'] === undefined ? [] : ['tests/property-seed.ts'],
    coverage: {
      provider: 'v8',
      include: ['engine/**/*.ts', 'actors/**/*.ts', 'replay/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.test-d.ts'],
      reporter: ['json-summary'],
      reportOnFailure: true,
      reportsDirectory: 'coverage',
    },
  },
});
