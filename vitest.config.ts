import { defineConfig } from 'vitest/config';
import { compiledThreads } from './test/start/compile.ts';

const limits = {
  // A test of 10 s took 30 beside other work on two cores. One that hangs is noticed all the same.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // On two cores: files wait for browsers, databases and processes that start, and two at a time left a sixth of both idle.
  maxWorkers: 3,
  // What a test waits for is there at once, but not on a machine that is busy: the second that is given otherwise passes there.
  expect: { poll: { timeout: 45_000 } },
};
const exclude = ['**/node_modules/**', '**/dist/**'];

/**
 * Rooms whose tests leave nothing behind in their process: a file takes over the modules that the one before has loaded, which
 * costs half a second of processor time otherwise, and up to two where the whole worker is loaded; and code that has run before runs
 * faster: the detector's tests took a third less.
 */
const shared = [
  '{contract,simulator,detector,worker}/src/**/*.test.ts',
  'plugin/src/**/*.test.{ts,tsx}',
  'test/{api,contract,deployment,dqm,incidents,labels,observe,pipeline,plugin,provisioning,scoring,security}/**/*.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: ['test/postgres/globalSetup.ts'],
    ...limits,
    projects: [
      {
        plugins: [compiledThreads],
        test: {
          ...limits,
          name: 'one process a file',
          include: ['{lab,plugin}/**/*.test.{ts,tsx}', 'test/**/*.test.ts'],
          exclude: [...exclude, ...shared],
        },
      },
      {
        plugins: [compiledThreads],
        test: {
          ...limits,
          name: 'shared processes',
          include: shared,
          exclude,
          isolate: false,
        },
      },
    ],
  },
});
