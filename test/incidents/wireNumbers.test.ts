import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Fault, IncidentList } from '@dtdqm/contract';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api/api.ts';
import { dead, storeRun, type ToyChamber } from './toyRuns.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const migration = new URL('../../worker/src/storage/migrations/0058_wires_are_columns.sql', import.meta.url);

async function store(run: number, chambers: { a: ToyChamber; b: ToyChamber }): Promise<void> {
  await storeRun(api.database, run, chambers);
  await updateIncidents(api.database);
}

async function incidents() {
  const { body } = await api.json('/api/v1/incidents');
  return (body as IncidentList).incidents
    .map(({ incident, sector, layers, wires, state, lastRun }) => ({
      incident,
      sector,
      layers,
      wires,
      state,
      lastRun,
    }))
    .sort((one, other) => one.incident - other.incident);
}

/** A dead wire of layer 8, one of layer 12, a board, and a whole layer 4: one wire lower where the fourth layers alone have it. */
const faults = (low: 0 | 1): Fault[] => [
  dead([8], 20 - low, 20 - low),
  dead([9, 10, 11, 12], 5, 9),
  { ...dead([4], 2 - low, 48 - low), kind: 'dead-layer' },
];

it('an upgrade names wires of fourth layers by their columns, and no fault is opened again for it', async () => {
  // As the version before left it: chamber a begins at wire 2 in layers 4, 8 and 12, chamber b was recorded left-aligned.
  const before = { a: { faults: faults(1) }, b: { faults: [dead([12], 30, 30)] } };
  await store(1, before);
  await store(2, before);
  await api.database.query(
    `update chamber set hits[3 * width + 1] = -1, hits[7 * width + 1] = -1, hits[11 * width + 1] = -1 where sector = 3`,
  );
  const known = await incidents();
  expect(known).toHaveLength(4);
  const single = known.find(({ layers }) => layers.join() === '8')!;
  const acknowledged = await api.json(`/api/v1/incidents/${single.incident}/acts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ idempotencyKey: randomUUID(), action: 'acknowledge' }),
  });
  expect(acknowledged.status).toBe(200);

  await api.database.query(await readFile(migration, 'utf8'));
  await updateIncidents(api.database);
  const numbered = (wires: { first: number; last: number } | null, layers: number[]) =>
    layers.length === 1 && [4, 8].includes(layers[0]!) && wires
      ? { first: wires.first + 1, last: wires.last + 1 }
      : wires;
  const upgraded = known.map((one) => ({
    ...one,
    wires: numbered(one.wires, one.layers),
    state: one === single ? 'acknowledged' : one.state,
  }));
  expect(await incidents()).toEqual(upgraded);
  const { rows } = await api.database.query<{ faults: Fault[] }>(
    'select faults from chamber_score where run = 1 order by sector',
  );
  expect(rows.map(({ faults }) => faults.map(({ wires }) => wires))).toEqual([
    faults(0).map(({ wires }) => wires),
    [{ first: 30, last: 30 }],
  ]);

  // The next run tells the same faults by this version's names: they are the same incidents.
  await store(3, { a: { faults: faults(0) }, b: before.b });
  expect(await incidents()).toEqual(upgraded.map((one) => ({ ...one, lastRun: 3 })));
  await expect(api.database.query(`update incident_act set actor = 'somebody else'`)).rejects.toThrow();
});
