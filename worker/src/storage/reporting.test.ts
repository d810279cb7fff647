import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { syntheticChamber, syntheticRun } from '../../../test/postgres/syntheticRun.ts';
import { refreshQueue } from '../learning/queue/refresh.ts';
import { registerModel } from './models.ts';
import { saveRunResult } from './results.ts';

const chamber = { wheel: 1, station: 4, sector: 1 } as const;
const where = `run = 2 and wheel = 1 and station = 4 and sector = 1`;
let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await registerModel(db.database, { name: 'test@1.0.0', hash: 'h' });
  for (const run of [1, 2, 3]) await saveRunResult(db.database, syntheticRun(run));
  await db.database.query('analyze');
});
afterAll(() => db.drop());

const original = syntheticChamber(chamber, 2);
if (original.state !== 'present') throw new Error('the synthetic chamber has a matrix');
const { matrix, verdict } = original;

describe('views for Grafana', () => {
  test('occupancy has a row for every wire, and none where there is no wire', async () => {
    const { rows } = await db.database.query(
      `select layer, wire, hits, saliency, score, verdict from reporting.occupancy where ${where} order by layer, wire`,
    );
    const wires = matrix.flatMap((row, y) => row.flatMap((hits, x) => (hits < 0 ? [] : [{ hits, x, y }])));
    expect(rows.map(({ layer, wire, hits }) => ({ hits, x: wire - 1, y: layer - 1 }))).toEqual(wires);
    for (const row of rows) {
      expect(row.saliency).toBeCloseTo(verdict.saliency[row.layer - 1]?.[row.wire - 1] ?? NaN, 4);
      expect(row.score).toBe(verdict.scores[row.layer - 1]);
      expect(row.verdict).toBe(verdict.verdicts[row.layer - 1]);
    }
  });

  test('layer scores have a row for every layer with wires: 2,720 a run', async () => {
    const { rows } = await db.database.query(
      `select count(*)::integer as layers, count(*) filter (where verdict = 'bad')::integer as bad,
              count(*) filter (where superlayer = 2 and station = 4)::integer as impossible
       from reporting.layer_scores where run = 2`,
    );
    expect(rows).toEqual([{ layers: 2720, bad: 20, impossible: 0 }]);
  });

  test('chambers have a row each, with the worst score and the number of bad layers', async () => {
    const { rows } = await db.database.query(
      `select state, bad_layers, worst_score, hits::integer from reporting.chambers where ${where}`,
    );
    const hits = matrix.flat().reduce((sum, value) => sum + Math.max(value, 0), 0);
    expect(rows).toEqual([{ state: 'present', bad_layers: 1, worst_score: 0.75, hits }]);
  });

  test('one chamber of many runs is read through the primary keys', async () => {
    const { rows } = await db.database.query<{ 'QUERY PLAN': string }>(
      `explain select * from reporting.occupancy where ${where} and layer = 9`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toMatch(/chamber_pkey/);
    expect(plan).toMatch(/chamber_score_pkey/);
    expect(plan).not.toMatch(/Seq Scan on chamber/);
  });

  test('tell how many chambers of the queue are in each state, as its rows say', async () => {
    await refreshQueue(db.database, 1);
    const states = async () => {
      const [counted, rows] = await Promise.all([
        db.database.query<{ state: string }>('select state, chambers from reporting.queue_states order by 1'),
        db.database.query('select state, count(*) as chambers from reporting.queue group by 1 order by 1'),
      ]);
      expect(counted.rows).toEqual(rows.rows);
      return counted.rows.map(({ state }) => state);
    };
    expect(await states()).toEqual(['waiting']);
    const lease = (sector: number, until: string) =>
      db.database.query(
        `update queue set state = 'leased', lease_id = gen_random_uuid(), lease_by = 'ana', lease_until = now() + $2::interval
         where station = 4 and sector = $1`,
        [sector, until],
      );
    await lease(1, '1 hour');
    await lease(2, '-1 hour');
    for (const [sector, state] of [
      [3, 'labelled'],
      [4, 'skipped'],
    ])
      await db.database.query(`update queue set state = $2 where sector = $1`, [sector, state]);
    expect(await states()).toEqual(['labelled', 'leased', 'skipped', 'waiting']);
    await db.database.query('delete from queue');
    expect(await states()).toEqual([]);
  });
});
