import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChamberId, IncidentDetail, IncidentList, RunChange } from '@dtdqm/contract';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { deleteRun } from '@dtdqm/worker/storage/runs';
import { startTestApi, type TestApi } from '../api/api.ts';
import { dead, ledgerOf, storeRun } from './toyRuns.ts';

/** Changes that were told inside runs, and what becomes of them: chamber A of the toy runs. */
const chamber: ChamberId = { wheel: -2, station: 1, sector: 3 };
let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const at = (minutes: number) => new Date(Date.UTC(2026, 5, 1, 14, minutes));
async function tell(
  run: number,
  kind: RunChange['kind'],
  minutes: number,
  ratio = kind === 'recovery' ? 1 : 0,
): Promise<void> {
  await api.database.query(
    `insert into run_change (run, wheel, station, sector, kind, layers, from_at, from_lumisection, to_at, to_lumisection, told_at, ratio, ratio_low, ratio_high)
     values ($1, $2, $3, $4, $5, '{9}', $6, $7, $8, $9, $8, $10, 0, $10)`,
    [
      run,
      chamber.wheel,
      chamber.station,
      chamber.sector,
      kind,
      at(minutes),
      300 + minutes,
      at(minutes + 1),
      303 + minutes,
      ratio,
    ],
  );
  await updateIncidents(api.database);
}
const store = async (run: number, faults = [] as ReturnType<typeof dead>[]) => {
  await storeRun(api.database, run, { a: { faults } });
  await updateIncidents(api.database);
};
async function list(states = ''): Promise<IncidentList['incidents']> {
  const { body } = await api.json(`/api/v1/incidents${states}`);
  return (body as IncidentList).incidents;
}
const detail = async (incident: number) =>
  (await api.json(`/api/v1/incidents/${incident}`)).body as IncidentDetail;
const whole = dead([9], 1, 48);

describe('a trip inside a run', () => {
  it('is an open incident with the next pass, while the run over all its hits looks well', async () => {
    await store(1);
    expect(await list()).toEqual([]);
    await tell(1, 'trip', 2);
    expect(await list()).toMatchObject([
      {
        incident: 1,
        state: 'new',
        kind: 'dead-layer',
        layers: [9],
        wires: null,
        began: {
          run: 1,
          happened: {
            from: { at: at(2).toISOString(), lumisection: 302 },
            to: { at: at(3).toISOString(), lumisection: 305 },
          },
        },
        ended: null,
      },
    ]);
    expect((await detail(1)).events).toMatchObject([
      { action: 'opened', run: 1, comment: 'tripped between 14:02 and 14:03 UTC, lumisection 302 to 305' },
    ]);
  });

  it('is the same incident at the end of the run and in the next ones, opened once', async () => {
    await store(1);
    await tell(1, 'trip', 2);
    await store(1, [whole]);
    await store(2, [whole]);
    await store(3, [whole]);
    expect(await list()).toMatchObject([{ incident: 1, began: { run: 1, happened: {} }, lastRun: 3 }]);
    expect((await detail(1)).events.map(({ action }) => action)).toEqual(['opened']);
  });

  it('that recovers heals in its run, and what was said of it meanwhile stays', async () => {
    await store(1);
    await tell(1, 'trip', 2);
    const act = { action: 'acknowledge', comment: 'on it', idempotencyKey: randomUUID() };
    const headers = { 'Content-Type': 'application/json' };
    const said = await api.json('/api/v1/incidents/1/acts', {
      method: 'POST',
      headers,
      body: JSON.stringify(act),
    });
    expect(said.status).toBe(200);
    expect(await list()).toMatchObject([
      { state: 'acknowledged', acknowledgedBy: expect.any(String) as string },
    ]);
    await store(1);
    expect(await list()).toMatchObject([{ incident: 1, state: 'acknowledged' }]);
    await tell(1, 'recovery', 40);
    expect(await list()).toEqual([]);
    expect(await list('?state=healed')).toMatchObject([
      {
        incident: 1,
        healedRun: 1,
        healedAt: at(41).toISOString(),
        ended: { run: 1, happened: { to: { lumisection: 343 } } },
      },
    ]);
    expect((await detail(1)).events.map(({ action, actor }) => [actor === 'monitor', action])).toEqual([
      [true, 'opened'],
      [true, 'healed'],
      [false, 'acknowledge'],
    ]);
  });

  it('that comes and goes flickers', async () => {
    await store(1);
    for (const [kind, minutes] of [
      ['trip', 2],
      ['recovery', 10],
      ['trip', 20],
      ['flicker', 30],
    ] as const)
      await tell(1, kind, minutes);
    expect(await list()).toMatchObject([{ incident: 1, state: 'new', evidence: { flickers: true } }]);
  });

  it('gives the same ledger however often it is made anew, and none when its run is deleted', async () => {
    await store(1);
    await store(2);
    await tell(2, 'trip', 2);
    await tell(1, 'trip', 5);
    await tell(1, 'recovery', 9);
    const first = await ledgerOf(api.database);
    await api.database.query('update incident_run set newest_change = 0');
    await updateIncidents(api.database);
    expect(await ledgerOf(api.database)).toEqual(first);
    await deleteRun(api.database, 2);
    await deleteRun(api.database, 1);
    await updateIncidents(api.database);
    expect(await list('?state=healed,new,open')).toEqual([]);
  });

  it('stands in the views for Grafana with its minutes', async () => {
    await store(1);
    await tell(1, 'trip', 2);
    const { rows } = await api.database.query(
      'select began_from, began_from_lumisection, began_to, began_to_lumisection, ended_to from reporting.incidents',
    );
    expect(rows).toEqual([
      {
        began_from: at(2),
        began_from_lumisection: 302,
        began_to: at(3),
        began_to_lumisection: 305,
        ended_to: null,
      },
    ]);
  });
});
