import { afterAll, beforeAll, expect, it } from 'vitest';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { startTestApi, type TestApi } from '../api/api.ts';
import { dead, storeRun } from './toyRuns.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  const old = dead([9], 10, 20);
  const passing = dead([5], 1, 48);
  const fresh = dead([1, 2, 3, 4], 5, 9);
  await storeRun(api.database, 1, { a: { faults: [old, passing] } });
  await storeRun(api.database, 2, { a: { faults: [old, passing] } });
  for (const run of [3, 4, 5])
    await storeRun(api.database, run, { a: { faults: [old] }, b: { faults: [fresh] } });
  await updateIncidents(api.database);
});
afterAll(() => api.close());

it('tells what was opened, was there before and has healed since a run', async () => {
  const { body } = await api.json('/api/v1/incidents/report?run=3');
  expect(body).toMatchObject({
    runs: { count: 3, first: 3, last: 5 },
    counts: { opened: 1, before: 1, healed: 1 },
    opened: [{ layers: [1, 2, 3, 4] }],
    before: [{ layers: [9] }],
    healed: [{ layers: [5], lastRun: 2 }],
  });
});

it('tells the same as Markdown', async () => {
  const text = await (await api.fetch('/api/v1/incidents/report.md?run=3')).text();
  expect(text).toContain('1 opened, 1 from before, 1 healed. 3 runs, 3 to 5.');
  expect(text).toContain('W+1 MB4 S09, layers 1-4, wires 5-9');
});

it('takes a moment for a run', async () => {
  expect((await api.json('/api/v1/incidents/report?at=2001-01-01T00:00:00Z')).body).toMatchObject({
    counts: { opened: 2, healed: 1 },
  });
  expect((await api.json('/api/v1/incidents/report')).status).toBe(400);
});

it('drafts what to say of a run, for somebody to sign', async () => {
  const { body } = await api.json('/api/v1/runs/5/certification');
  expect(body).toMatchObject({
    verdict: 'bad',
    evidence: { badLayers: 5, layers: 20 },
    incidents: [{ layers: [1, 2, 3, 4] }, { layers: [9] }],
  });
  expect((body as { comment: string }).comment).toMatch(/BAD \(draft, not signed\)[\s\S]*Checked by: _+/);
  expect((await api.json('/api/v1/runs/77/certification')).status).toBe(404);
});

it('links to what the API serves of the run, as data for programs and as a page for browsers', async () => {
  const { body } = await api.json('/api/v1/runs/5/certification');
  const [{ url }] = (body as { links: [{ url: string }] }).links;
  for (const accept of ['*/*', 'text/html,*/*']) {
    const answer = await api.fetch(url, { headers: { accept }, redirect: 'follow' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ run: 5 });
  }
});
