import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{contract,simulator,detector,lab,worker,plugin}/**/*.test.{ts,tsx}', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['test/postgres/globalSetup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
