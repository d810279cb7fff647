import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { buildWorkbench } from '@dtdqm/plugin/workbench';
import { startTestApi, type TestApi } from '../api/api.ts';
import { queueRuns } from '../labels/labelled.ts';
import { openBrowser } from './browser.ts';
import { openGateway, type Gateway } from './gateway.ts';

/** Browser, workbench, API and database, all real, with runs to look at and to label. */
export interface Stage {
  browser: Browser;
  gateway: Gateway;
  api: TestApi;
  close(): Promise<void>;
}

export async function setStage(...runs: number[]): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'dtdqm-workbench-'));
  const [{ dir }, api, browser] = await Promise.all([
    buildWorkbench(join(directory, 'workbench')),
    // A test presses keys faster than people do.
    startTestApi({ API_REQUESTS_PER_MINUTE: '1000000' }),
    openBrowser(),
  ]);
  await queueRuns(api.database, ...runs);
  const gateway = await openGateway(dir, api.url);
  return {
    browser,
    gateway,
    api,
    async close() {
      await browser.close();
      await gateway.close();
      await api.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
