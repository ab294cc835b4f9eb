// How the tests run: one process a file, UTC, and the folders' `#` imports resolved from package.json.
import { defineConfig } from 'vitest/config';

process.env['TZ'] = 'UTC';

export default defineConfig({
  test: {
    include: ['{engine,actors,streams,replay,gateway,infra,cli,bench,tests}/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'tests/node24/**'],
    pool: 'forks',
    maxWorkers: 2, // also on two cores: the default would leave one idle
    testTimeout: 60_000,
    hookTimeout: 60_000,
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
