import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics } from '@dtdqm/worker/observe/metrics';
import { serveMetrics } from '@dtdqm/worker/api/health';
import { PipelineEvents } from '@dtdqm/worker/pipeline/events';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { dtdqm } from '../start/dtdqm.ts';

let storage: TestDatabase;
beforeAll(async () => {
  storage = await createTestDatabase();
});
afterAll(() => storage.drop());

test('the API counts requests by route', async () => {
  const api = dtdqm(['api'], { env: { DATABASE_URL: storage.url } });
  const { url } = await api.line('the API listens');
  await fetch(`${String(url)}/api/v1/runs/4711`);
  await fetch(`${String(url)}/no/such/thing`);
  const text = await (await fetch(`${String(url)}/metrics`)).text();
  expect(text).toMatch(
    /dtdqm_http_request_duration_seconds_count\{route="\/api\/v1\/runs\/:run",method="GET",status="404"\} 1/,
  );
  expect(text).toMatch(/duration_seconds_count\{route="none",method="GET",status="404"\} 1/);
  expect(text).toMatch(/^dtdqm_database_up 1$/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  // The value of a sample may hold these digits by chance, as one did; no name and no label may.
  expect(text.replaceAll(/ [\d.e+-]+$/gim, '')).not.toContain('4711');
  api.process.kill('SIGTERM');
  expect(await api.ended).toBe(0);
});

test('runs are counted by their life, and those of which the source shows less than was had', async () => {
  await storage.database.query(
    `insert into run (run, dataset, status, error, life)
     select run, '/Global/Online/ALL', 'ERROR', 'why', life::run_life
     from (values (1, 'final'), (2, 'incomplete'), (3, 'incomplete')) as each (run, life)`,
  );
  await storage.database.query(`insert into coverage_incident (run, chambers, reason) values (1, 7, 'less')`);
  const text = await createMetrics(storage.database).text();
  expect(text).toMatch(/^dtdqm_runs\{status="ERROR"\} 3$/m);
  expect(text).toMatch(/^dtdqm_runs_by_life\{life="incomplete"\} 2$/m);
  expect(text).toMatch(/^dtdqm_runs_by_life\{life="final"\} 1$/m);
  expect(text).toMatch(/^dtdqm_coverage_incidents_open 1$/m);

  await storage.database.query(
    `insert into run (run, dataset, status, life) values (9, 'd', 'FINISHED', 'growing');
     insert into run_live (run, version, looks, state) values (9, '1', 1, '');
     insert into run_look (run, look, asked_at, hits, judged, waiting, bad) values (9, 1, now() - interval '90 s', 1, 0, 0, 0);`,
  );
  const [, age] = /^dtdqm_newest_look_age_seconds ([\d.]+)$/m.exec(
    await createMetrics(storage.database).text(),
  )!;
  expect(Number(age)).toBeGreaterThanOrEqual(90);
  await storage.database.query('delete from run where run = 9');
});

test('a worker counts its runs by what came of them, on a port of its own', async () => {
  const events = new PipelineEvents();
  const metrics = createMetrics(storage.database, events);
  const served = await serveMetrics(metrics, '127.0.0.1', 0);
  const stored = { type: 'stored', run: 1, closed: true, badLayers: 3, milliseconds: 1500 } as const;
  events.announce({ ...stored, status: 'FINISHED' });
  events.announce({ ...stored, status: 'ERROR' });
  events.announce({ type: 'failed', run: 2, error: 'no' });
  events.announce({ type: 'life', run: 2, life: 'error' });
  events.announce({ type: 'inside', run: 1, slices: 17, changes: 1 });
  const text = await (await fetch(served.url)).text();
  expect(text).toContain('dtdqm_runs_handled_total{outcome="stored"} 1');
  expect(text).toContain('dtdqm_runs_handled_total{outcome="stored-with-error"} 1');
  expect(text).toContain('dtdqm_runs_handled_total{outcome="failed"} 1');
  expect(text).not.toMatch(/outcome="(life|inside)"/);
  expect(text).toMatch(/^dtdqm_slices_stored_total 17$/m);
  expect(text).toMatch(/^dtdqm_run_changes_total 1$/m);
  // Nothing is in progress: an age would look fresh.
  expect(text).toMatch(/^dtdqm_newest_look_age_seconds nan$/im);
  expect(text).toContain('dtdqm_run_duration_seconds_bucket{le="2",work="fetch"} 2');
  expect((await fetch(new URL('/', served.url))).status).toBe(404);
  await served.close();
});
