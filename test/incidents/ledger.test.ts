import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { getIncident, listIncidents } from '@dtdqm/worker/storage/incidents/read';
import { deleteRun } from '@dtdqm/worker/storage/runs';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { dead, ledgerOf, storeRun, type ToyChamber } from './toyRuns.ts';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(() => test.drop());

const fault = { a: { faults: [dead([9], 10, 20)] } };
const well = {};

async function store(
  runs: readonly (readonly [number, { a?: ToyChamber; b?: ToyChamber }])[],
): Promise<void> {
  for (const [run, what] of runs) {
    await storeRun(test.database, run, what);
    await updateIncidents(test.database);
  }
}

const life: readonly [number, { a?: ToyChamber; b?: ToyChamber }][] = [
  [1, well],
  [2, fault],
  [3, fault],
  [4, { a: { faults: [dead([9], 12, 22)] } }],
  [5, well],
  [6, fault],
  [7, fault],
  [8, well],
  [9, well],
  [10, well],
  [11, { b: { faults: [dead([1, 2, 3, 4], 5, 9)] } }],
  [12, { b: { faults: [dead([1, 2, 3, 4], 5, 9)] } }],
];

describe('the ledger', () => {
  it('opens a fault when a second run confirms it, and keeps it one through a pause until it heals', async () => {
    await store(life);
    expect(await listIncidents(test.database, { states: ['healed'] })).toMatchObject([
      { incident: 1, kind: 'dead-region', layers: [9], firstRun: 2, openedRun: 3, lastRun: 7, healedRun: 10 },
    ]);
    expect(await listIncidents(test.database)).toMatchObject([
      {
        incident: 2,
        state: 'new',
        wheel: 1,
        station: 4,
        sector: 9,
        layers: [1, 2, 3, 4],
        wires: { first: 5, last: 9 },
        hardware: 'front-end board; board number not mapped',
        evidence: { ratio: 0, score: 0.9, saliencyShare: 1, cells: 20, sightings: 2 },
      },
    ]);
    const detail = await getIncident(test.database, 1);
    expect(detail?.events.map(({ run, action }) => [run, action])).toEqual([
      [3, 'opened'],
      [10, 'healed'],
    ]);
    expect(detail?.sightings.map(({ run }) => run)).toEqual([2, 3, 4, 6, 7]);
  });

  it('opens nothing for one noisy run', async () => {
    await store([
      [1, well],
      [2, fault],
      [3, well],
      [4, well],
      [5, fault],
    ]);
    expect(await listIncidents(test.database)).toEqual([]);
  });

  it('says the same in whatever order the runs arrive, as often as they are looked at, and whoever looks', async () => {
    await store(life);
    const inOrder = await ledgerOf(test.database);
    await test.drop();
    test = await createTestDatabase();
    for (const [run, what] of [...life].reverse()) {
      await storeRun(test.database, run, what);
      await Promise.all([updateIncidents(test.database), updateIncidents(test.database)]);
    }
    expect(withoutNumbers(await ledgerOf(test.database))).toEqual(withoutNumbers(inOrder));
    await test.database.query('delete from incident_run');
    await updateIncidents(test.database);
    expect(withoutNumbers(await ledgerOf(test.database))).toEqual(withoutNumbers(inOrder));
  });

  it('is made anew after an upgrade that asks for it, with the same numbers', async () => {
    await store(life);
    const before = await ledgerOf(test.database);
    await test.database.query(`update incident set kind = 'unnamed', hardware = 'of the old rules'`);
    const upgrade = new URL('../../worker/src/storage/migrations/0037_ledger_anew.sql', import.meta.url);
    await test.database.query(await readFile(upgrade, 'utf8'));
    await updateIncidents(test.database);
    expect(await ledgerOf(test.database)).toEqual(before);
  });

  it('forgets what a deleted run said', async () => {
    await store(life.slice(0, 3));
    expect(await listIncidents(test.database)).toHaveLength(1);
    await deleteRun(test.database, 3);
    await updateIncidents(test.database);
    expect(await listIncidents(test.database)).toEqual([]);
  });

  it('learns nothing from runs that cannot show the fault', async () => {
    const blind = { a: { unknown: [9] } };
    await store([
      [1, fault],
      [2, fault],
      [3, blind],
      [4, { a: { absent: true } }],
      [5, blind],
      [6, blind],
    ]);
    const chamber = { wheel: -2, station: 1, sector: 3 };
    expect(await listIncidents(test.database, chamber)).toMatchObject([{ state: 'open', lastRun: 2 }]);
  });
});

/** Numbers are given in the order of arrival; all else must agree. */
function withoutNumbers(ledger: unknown): unknown {
  const { incidents, changes, sightings } = ledger as Record<string, { id?: number; incident?: number }[]>;
  const place = new Map(
    [...(incidents ?? [])]
      .sort((a, b) => (JSON.stringify({ ...a, id: 0 }) < JSON.stringify({ ...b, id: 0 }) ? -1 : 1))
      .map(({ id }, index) => [id, index]),
  );
  const renumbered = (rows: { incident?: number }[] = []) =>
    rows.map((row) => JSON.stringify({ ...row, incident: place.get(row.incident) })).sort();
  return {
    incidents: (incidents ?? []).map((row) => JSON.stringify({ ...row, id: place.get(row.id) })).sort(),
    changes: renumbered(changes),
    sightings: renumbered(sightings),
  };
}
