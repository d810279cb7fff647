import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { labelAnswerSchema } from '@dtdqm/contract';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { startApi, type ApiProcess } from '../faults/rig/apiProcess.ts';
import { countEvents, labelOf, queueRuns } from './labelled.ts';

// Whole processes start here, which takes long where the machine is busy with other tests.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let db: TestDatabase;
let api: ApiProcess;
beforeAll(async () => {
  db = await createTestDatabase();
  await queueRuns(db.database, 1);
});
afterAll(async () => {
  await api.kill();
  await db.drop();
});

it('the same label sent ten times, over dropped connections and an API that is killed and restarted, is one event', async () => {
  const body = JSON.stringify(labelOf(1, 3));
  const send = (signal?: AbortSignal) =>
    fetch(`${api.url}/api/v1/labels`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      ...(signal === undefined ? {} : { signal }),
    }).then(async (answer) => labelAnswerSchema.parse(await answer.json()).event);
  api = await startApi(db.url);
  for (let sent = 0; sent < 8; sent += 1) {
    const hangUp = new AbortController();
    const answered = send(hangUp.signal).catch(() => undefined);
    // From before the first byte has left to after the answer has come.
    await new Promise((resolve) => setTimeout(resolve, 3 * sent));
    if (sent === 4) {
      await api.kill();
      api = await startApi(db.url);
    } else {
      hangUp.abort();
    }
    await answered;
  }
  const [ninth, tenth] = [await send(), await send()];
  expect(tenth).toEqual(ninth);
  expect(ninth.version).toBe(1);
  expect(await countEvents(db.database)).toBe(1);
});
