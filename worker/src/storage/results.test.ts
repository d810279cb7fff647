import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../../test/postgres/database.ts';
import { syntheticChamber, syntheticRun } from '../../../test/postgres/syntheticRun.ts';
import { emptyZeros } from '../pipeline/forget.ts';
import { getChamberData, listChambers } from './chambers.ts';
import { claimRun } from './jobs.ts';
import { registerModel } from './models.ts';
import { saveRunResult } from './results.ts';
import { deleteRun, getRun } from './runs.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await registerModel(db.database, { name: 'test@1.0.0', hash: 'h' });
});
afterAll(() => db.drop());

describe('a stored run', () => {
  test('comes back as it was scored', async () => {
    await saveRunResult(db.database, syntheticRun(1));
    expect(await getRun(db.database, 1)).toMatchObject({
      run: 1,
      status: 'FINISHED',
      error: null,
      chambers: 250,
      absentChambers: 0,
      failedChambers: 0,
      badLayers: 20,
      model: 'test@1.0.0',
      closed: true,
    });
    const data = await getChamberData(db.database, 1, { wheel: -2, station: 4, sector: 13 });
    const original = syntheticChamber({ wheel: -2, station: 4, sector: 13 }, 1);
    if (original.state !== 'present') throw new Error('unreachable');
    expect(data?.matrix).toEqual(original.matrix);
    expect(data?.scores).toEqual(original.verdict.scores);
    expect(data?.verdicts).toEqual(original.verdict.verdicts);
    expect(data?.params).toEqual({ run: 1, wheel: -2, station: 4, sector: 13 });
  });

  test('with failed chambers is an ERROR that says so, and keeps the rest', async () => {
    const run = syntheticRun(2);
    const [first, second, ...rest] = run.chambers;
    if (!first || !second) throw new Error('unreachable');
    const failed = {
      ...{ wheel: first.wheel, station: first.station, sector: first.sector },
      state: 'failed' as const,
      reason: 'run 2 W-2_St1_Sec1: timeout',
    };
    const absent = {
      ...{ wheel: second.wheel, station: second.station, sector: second.sector },
      state: 'absent' as const,
      reason: 'not at the source',
    };
    await saveRunResult(db.database, { ...run, error: '1 failed', chambers: [failed, absent, ...rest] });
    expect(await getRun(db.database, 2)).toMatchObject({
      status: 'ERROR',
      error: '1 failed',
      chambers: 248,
      absentChambers: 1,
      failedChambers: 1,
    });
    expect((await listChambers(db.database, 2)).slice(0, 2)).toEqual([failed, absent]);
    expect(await getChamberData(db.database, 2, first)).toBeNull();
    expect(await getChamberData(db.database, 2, { wheel: 2, station: 1, sector: 1 })).not.toBeNull();
  });

  test('is not visible at all when one chamber cannot be stored', async () => {
    const run = syntheticRun(3);
    const broken = run.chambers.map((chamber, index) =>
      index === 249 && chamber.state === 'present'
        ? { ...chamber, verdict: { ...chamber.verdict, scores: [0.5] } }
        : chamber,
    );
    await expect(saveRunResult(db.database, { ...run, chambers: broken })).rejects.toThrow();
    expect(await getRun(db.database, 3)).toBeNull();
    expect(await listChambers(db.database, 3)).toEqual([]);
  });

  test('is refused from a worker that lost it, or whose run was deleted meanwhile', async () => {
    await claimRun(db.database, { run: 4, dataset: 'd' }, randomUUID());
    expect(await saveRunResult(db.database, syntheticRun(4), randomUUID())).toBe(false);
    expect(await getRun(db.database, 4)).toMatchObject({ status: 'LOADING', chambers: 0 });
    const owner = randomUUID();
    await claimRun(db.database, { run: 5, dataset: 'd' }, owner);
    await deleteRun(db.database, 5);
    expect(await saveRunResult(db.database, syntheticRun(5), owner)).toBe(false);
    expect(await getRun(db.database, 5)).toBeNull();
  });
});

describe('saliency that was stored as zeros', () => {
  const one = async (text: string) => (await db.database.query<{ count: number }>(text)).rows[0]?.count;
  const zeros = `select count(*)::integer from chamber_score where saliency_scale = 0 and saliency <> '{}'`;
  const somethingStored = `select count(*)::integer from chamber_score where saliency_scale > 0 and cardinality(saliency) > 0`;

  test('is emptied step by step, but for what somebody writes anew, shows the same, and is looked for in vain afterwards', async () => {
    for (const run of [20, 21]) await saveRunResult(db.database, syntheticRun(run));
    // As versions up to 0077 stored chambers in which nothing is bad.
    await db.database.query(
      `update chamber_score s set saliency_scale = 0, saliency = array_fill(0::smallint, array[cardinality(c.hits)])
       from chamber c where (c.run, c.wheel, c.station, c.sector) = (s.run, s.wheel, s.station, s.sector) and s.run in (20, 21) and s.wheel <> 0`,
    );
    const chamber = { wheel: -2, station: 4, sector: 13 } as const;
    const before = await getChamberData(db.database, 21, chamber);
    const kept = await one(somethingStored);
    expect(await one(zeros)).toBe(400);
    expect(await one(`select empty_zeros(150) as count`)).toBe(150);
    expect(await one(zeros.concat(' and run = 21'))).toBe(200);
    const writer = await db.database.connect();
    try {
      await writer.query('begin');
      await writer.query(
        'update chamber_score set saliency_scale = 1 where run = 20 and saliency_scale = 0 and wheel = 2 and station = 4 and sector = 1',
      );
      const left = (await one(zeros))!;
      expect(await emptyZeros(db.database)).toBe(left - 1);
      await writer.query('rollback');
    } finally {
      writer.release();
    }
    expect(await emptyZeros(db.database)).toBe(1);
    expect(await emptyZeros(db.database)).toBe(0);
    expect([await one(zeros), await one(somethingStored)]).toEqual([0, kept]);
    expect(await getChamberData(db.database, 21, chamber)).toEqual(before);
  });

  test('is left where it was when the worker stops', async () => {
    await db.database.query(
      `update chamber_score set saliency_scale = 0, saliency = '{0}' where run in (20, 21) and wheel = 1`,
    );
    expect(await emptyZeros(db.database, () => true)).toBe(0);
    expect(await one(zeros)).toBe(100);
  });
});
