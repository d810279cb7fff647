import { defineConfig } from 'vitest/config';

/** The long form of every fault test: `npm run test:faults`, or with the name of one of them behind it. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts', 'test/faults/**/*.fault.ts'],
    globalSetup: ['test/postgres/globalSetup.ts'],
    env: { FAULTS_FORM: 'long' },
    testTimeout: 45 * 60_000,
    hookTimeout: 120_000,
    // They load the machine each by itself, and measure it.
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
});
