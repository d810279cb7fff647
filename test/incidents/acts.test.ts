import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { IncidentDetail, IncidentList } from '@dtdqm/contract';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { startTestApi, type TestApi } from '../api/api.ts';
import { dead, ledgerOf, storeRun, type ToyChamber } from './toyRuns.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const fault = { a: { faults: [dead([9], 10, 20)] } };
const two = { a: { faults: [dead([9], 10, 20), dead([9], 30, 40)] } };
const bridge = { a: { faults: [dead([9], 10, 40)] } };

async function store(...runs: [number, { a?: ToyChamber; b?: ToyChamber }][]): Promise<void> {
  for (const [run, what] of runs) {
    await storeRun(api.database, run, what);
    await updateIncidents(api.database);
  }
}

async function act(incident: number, body: object): Promise<{ status: number; body: IncidentDetail }> {
  const answer = await api.json(`/api/v1/incidents/${incident}/acts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ idempotencyKey: randomUUID(), ...body }),
  });
  return answer as { status: number; body: IncidentDetail };
}

async function list(query = ''): Promise<IncidentList['incidents']> {
  const { body } = await api.json(`/api/v1/incidents${query}`);
  return (body as IncidentList).incidents;
}

describe('acts on incidents', () => {
  it('go by the clock of the database, on a host that is ten minutes ahead too', async () => {
    await store([1, fault], [2, fault]);
    const until = new Date(Date.now() + 300_000).toISOString();
    const right = Date.now;
    const ahead = vi.spyOn(Date, 'now').mockImplementation(() => right() + 600_000);
    try {
      const { status, body } = await act(1, { action: 'shelve', owner: 'on-call', reason: 'access', until });
      expect(status).toBe(200);
      expect(body.incident).toMatchObject({ state: 'shelved', shelf: { until } });
    } finally {
      ahead.mockRestore();
    }
  });

  it('are events, and the state follows from them', async () => {
    await store([1, fault], [2, fault]);
    expect((await act(1, { action: 'acknowledge', comment: 'seen' })).body.incident).toMatchObject({
      state: 'acknowledged',
      condition: 'new',
    });
    const shelved = {
      action: 'shelve',
      owner: 'on-call',
      reason: 'access on Monday',
      until: '2999-01-01T00:00:00Z',
    };
    expect((await act(1, shelved)).body.incident).toMatchObject({
      state: 'shelved',
      shelf: { owner: 'on-call' },
    });
    expect((await act(1, { ...shelved, until: '2001-01-01T00:00:00Z' })).status).toBe(409);
    expect((await act(1, { action: 'unshelve' })).body.incident).toMatchObject({
      state: 'acknowledged',
      shelf: null,
    });
    expect((await act(1, { action: 'known-bad' })).body.incident.state).toBe('known-bad');
    const { body } = await act(1, { action: 'comment', comment: 'board replaced in 2024' });
    expect(body.events.map(({ action }) => action)).toEqual([
      'opened',
      'acknowledge',
      'shelve',
      'unshelve',
      'known-bad',
      'comment',
    ]);
    const { rows } = await api.database.query(
      `select action, comment from reporting.incident_events where incident = 1 and actor <> 'monitor' order by at`,
    );
    expect(rows).toContainEqual({ action: 'comment', comment: 'board replaced in 2024' });
  });

  it('happen once, however often the request is sent', async () => {
    await store([1, fault], [2, fault]);
    const idempotencyKey = randomUUID();
    const once = await act(1, { action: 'acknowledge', idempotencyKey });
    expect(await act(1, { action: 'acknowledge', idempotencyKey })).toEqual(once);
    expect((await act(1, { action: 'unacknowledge', idempotencyKey })).status).toBe(422);
  });

  it('are loud again when the fault grows', async () => {
    await store([1, fault], [2, fault]);
    await act(1, { action: 'acknowledge' });
    await store([3, bridge], [4, bridge], [5, bridge]);
    expect(await list()).toMatchObject([{ incident: 1, state: 'grown', wires: { first: 10, last: 40 } }]);
  });

  it('merge two of a chamber, and the one goes on as part of the other', async () => {
    await store([1, two], [2, two]);
    expect(await list()).toHaveLength(2);
    expect((await act(1, { action: 'merge', into: 1 })).status).toBe(409);
    const merged = await act(2, { action: 'merge', into: 1 });
    expect(merged.body.incident.mergedInto).toBe(1);
    await store([3, two], [4, { a: { faults: [dead([9], 30, 40)] } }]);
    expect(await list()).toMatchObject([{ incident: 1, lastRun: 4, firstRun: 1 }]);
    const answer = await act(2, { action: 'acknowledge' });
    expect([answer.status, answer.body]).toMatchObject([409, { error: { id: 'merged' } }]);
  });

  it('split one into two that live on their own', async () => {
    await store([1, bridge], [2, bridge]);
    expect((await act(1, { action: 'split', layers: [9] })).status).toBe(409);
    await act(1, { action: 'split', wires: { first: 30, last: 48 } });
    await store([3, bridge], [4, fault], [5, fault], [6, fault]);
    expect(await list()).toMatchObject([{ incident: 1, lastRun: 6, wires: { first: 10, last: 20 } }]);
    expect(await list('?state=healed')).toMatchObject([
      { incident: 2, wires: { first: 30, last: 40 }, lastRun: 3 },
    ]);
  });

  it('link and unlink, seen from both', async () => {
    const both = { ...fault, b: { faults: [dead([1, 2, 3, 4], 5, 9)] } };
    await store([1, both], [2, both]);
    await act(1, { action: 'link', to: 2 });
    expect((await api.json('/api/v1/incidents/2')).body).toMatchObject({ links: [1] });
    await act(2, { action: 'unlink', to: 1 });
    expect((await api.json('/api/v1/incidents/1')).body).toMatchObject({ links: [] });
  });

  it('survive a run that arrives late, and a ledger that is made anew', async () => {
    await store([2, two], [3, two]);
    await act(1, { action: 'acknowledge' });
    await act(2, { action: 'known-bad' });
    await store([4, two]);
    const before = await ledgerOf(api.database);
    await api.database.query('delete from incident_run');
    await updateIncidents(api.database);
    expect(await ledgerOf(api.database)).toEqual(before);
    await store([1, two]);
    expect(await list()).toMatchObject([
      { incident: 2, state: 'known-bad', firstRun: 1 },
      { incident: 1, state: 'acknowledged', firstRun: 1 },
    ]);
  });

  it('are refused in words for what is not there or makes no sense', async () => {
    await store([1, fault], [2, fault]);
    expect((await act(9, { action: 'acknowledge' })).status).toBe(404);
    expect((await act(1, { action: 'shelve' })).status).toBe(400);
    expect((await act(1, { action: 'explode' })).status).toBe(400);
    await store([3, {}], [4, {}], [5, {}]);
    expect((await act(1, { action: 'acknowledge' })).body).toMatchObject({ error: { id: 'not-possible' } });
    expect((await act(1, { action: 'comment', comment: 'was a trip' })).status).toBe(200);
  });
});
