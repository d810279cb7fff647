import type { Browser } from 'playwright-core';
import { startTestApi, type TestApi } from '../api/api.ts';
import { queueRuns } from '../labels/labelled.ts';
import { openBrowser } from './browser.ts';
import { openGateway, type Gateway } from './gateway.ts';
import { sharedWorkbench } from './sharedBuilds.ts';

/** Browser, workbench, API and database, all real, with runs to look at and to label. */
export interface Stage {
  browser: Browser;
  gateway: Gateway;
  api: TestApi;
  close(): Promise<void>;
}

export async function setStage(...runs: number[]): Promise<Stage> {
  const [dir, api, browser] = await Promise.all([
    sharedWorkbench(),
    // A test presses keys faster than people do, and a random draw is answered in other steps than the rest.
    startTestApi({ API_REQUESTS_PER_MINUTE: '1000000', DTDQM_AUDIT_SHARE: '0' }),
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
    },
  };
}
