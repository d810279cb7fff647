import { afterEach, beforeEach, expect, test } from 'vitest';
import { getRun } from '@dtdqm/worker/storage/runs';
import { detectorState } from '@dtdqm/worker/storage/state';
import { openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const began = Date.UTC(2026, 4, 4, 6, 30);
const startOf = async (run: number) => (await getRun(bench.database, run))?.startedAt;

test('when a run began is stored as its source tells it, and stays when the source forgets it', async () => {
  bench.source.set(10).starts.set(10, began);
  const worker = bench.worker();
  await worker.fetchNow(10);
  expect(await startOf(10)).toBe('2026-05-04T06:30:00.000Z');
  expect((await detectorState(bench.database)).startedAt).toBe('2026-05-04T06:30:00.000Z');
  const { rows } = await bench.database.query<{ at: Date }>(
    'select started_at as at from reporting.run_summaries',
  );
  expect(rows).toEqual([{ at: new Date(began) }]);
  bench.source.set(10, 10, 2).starts.delete(10);
  await worker.fetchNow(10);
  expect(await getRun(bench.database, 10)).toMatchObject({ startedAt: '2026-05-04T06:30:00.000Z' });
});

test.each([
  ['does not tell it', []],
  ['tells nonsense', [{ path: 'EventInfo', action: { do: 'answer', body: '{"contents": 7}' } }]],
  ['fails', [{ path: 'EventInfo', action: { do: 'status', status: 500 } }]],
  ['hangs up', [{ path: 'EventInfo', action: { do: 'reset' } }]],
] as const)('a run whose source %s is stored all the same, and its start is not known', async (_, rules) => {
  bench.simulator.misbehaviour.replace(rules);
  bench.source.set(10);
  if (rules.length > 0) bench.source.starts.set(10, began);
  await bench.worker().fetchNow(10);
  expect(await getRun(bench.database, 10)).toMatchObject({
    status: 'FINISHED',
    chambers: 250,
    startedAt: null,
  });
});
