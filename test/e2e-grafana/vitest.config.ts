import { defineConfig } from 'vitest/config';

/** `npm run e2e:grafana`: one Grafana and one monitor for all files, one after the other. */
export default defineConfig({
  test: {
    include: ['test/e2e-grafana/**/*.e2e.ts'],
    globalSetup: ['test/e2e-grafana/globalSetup.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
