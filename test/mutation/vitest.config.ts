import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * The tests that stand for the mutated chapters (stryker.config.json): those beside them, and those across rooms that are
 * about them. The rest of the suite would find little more and cost hours. Left out are those that start processes of their
 * own, in which no mutation is switched on, and long sequences at random, which each survivor would pay for.
 *
 * Stryker mutates a copy, whose node_modules is a link: a room by its name would be the original, which nothing is done to.
 */
export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^@dtdqm\/worker\/(.+)$/,
        replacement: fileURLToPath(new URL('../../worker/src/$1.ts', import.meta.url)),
      },
    ],
  },
  test: {
    globalSetup: ['test/postgres/globalSetup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    include: [
      'detector/src/faults/**/*.test.ts',
      'worker/src/{incidents,pipeline,storage,api,learning/{strategies,queue}}/**/*.test.ts',
      'plugin/src/labelling/**/*.test.ts',
      'test/{incidents,labels,pipeline}/**/*.test.ts',
    ],
    exclude: [
      'test/{incidents,pipeline}/kill.test.ts',
      'test/labels/{modelChange,journal.property}.test.ts',
      'worker/src/storage/embedded/**',
    ],
  },
});
