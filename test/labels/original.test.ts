import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  listContamination,
  badLayersOf,
  saveUserScores,
  listNetScores,
  listUserScores,
} from '@dtdqm/worker/storage/labels/original';
import { skipChamber } from '@dtdqm/worker/storage/labels/undo';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { countEvents, labelOf, queueRuns } from './labelled.ts';

let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await queueRuns(it_.database, 1, 2);
});
afterAll(() => it_.drop());

describe('layers of the original request', () => {
  const flags = (...bad: number[]) => Array.from({ length: 12 }, (_, row) => (bad.includes(row + 1) ? 1 : 0));

  it('are twelve flags or distinct numbers', () => {
    expect(badLayersOf(flags(1, 9), 1)).toEqual([1, 9]);
    expect(badLayersOf([1, 9], 1)).toEqual([1, 9]);
    expect(badLayersOf([], 1)).toEqual([]);
    expect(badLayersOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 1)).toHaveLength(12);
    expect(badLayersOf(flags(...Array.from({ length: 12 }, (_, row) => row + 1)), 1)).toHaveLength(12);
  });

  it.each([[[0]], [[13]], [[1, 1]], [[1.5]], [[0, 0, 1]], [[-1]]])('cannot be %j', (layers) => {
    expect(() => badLayersOf(layers, 1)).toThrow(/must be twelve flags/);
  });

  it('cannot be layers that the station lacks', () => {
    expect(() => badLayersOf([5], 4)).toThrow('station 4 has no layer 5');
  });
});

describe('saving user scores', () => {
  it('counts as the original did, and stores a repeat once even when sent at the same moment', async () => {
    const chamber = labelOf(1, 3);
    const save = (bad: number[]) => saveUserScores(it_.database, 'ana', chamber, bad);
    const answers = await Promise.all([save([9]), save([9]), save([9])]);
    expect(answers.every(({ matched }) => matched === 1)).toBe(true);
    expect(await countEvents(it_.database)).toBe(1);
    expect(await save([9])).toEqual({ matched: 1, updated: 0 });
    expect(await save([])).toEqual({ matched: 1, updated: 1 });
    expect(await save([9])).toEqual({ matched: 1, updated: 1 });
    expect(await saveUserScores(it_.database, 'ana', { ...chamber, run: 9 }, [])).toEqual({
      matched: 0,
      updated: 0,
    });
  });
});

describe('lists', () => {
  it('of net scores go from the least certain on, page by page', async () => {
    const { count, lines: all } = await listNetScores(it_.database, { limit: 1000 });
    expect(count).toBe(500);
    expect(all).toHaveLength(500);
    const ratings = all.map(({ rating }) => rating);
    expect(ratings).toEqual([...ratings].sort((a, b) => a - b));
    const { lines: second } = await listNetScores(it_.database, { limit: 20, offset: 20 });
    expect(second).toEqual(all.slice(20, 40));
    expect(second[0]?.rating).toBeCloseTo(
      Math.min(
        ...(second[0]?.scores ?? []).filter((score) => score >= 0).map((score) => Math.abs(0.5 - score)),
      ),
      5,
    );
    expect(await listNetScores(it_.database, { limit: 1, openOnly: true })).toMatchObject({ count: 499 });
    const { run, wheel, station, sector } = labelOf(2, 7);
    await skipChamber(it_.database, 'ana', { run, wheel, station, sector, idempotencyKey: 'skip-once' });
    expect(await listNetScores(it_.database, { limit: 1, openOnly: true })).toMatchObject({ count: 498 });
  });

  it('of labels tell the label in force, and whether the chamber was skipped since', async () => {
    const chamber = labelOf(2, 4);
    await saveUserScores(it_.database, 'bo', chamber, [1, 2, 3]);
    const [latest] = await listUserScores(it_.database, { limit: 1 });
    expect(latest).toMatchObject({ run: 2, skipped: false });
    expect(latest?.verdicts?.slice(0, 4)).toEqual(['bad', 'bad', 'bad', 'good']);
    const { run, wheel, station, sector } = chamber;
    await skipChamber(it_.database, 'bo', { run, wheel, station, sector, idempotencyKey: 'skip-twice' });
    expect((await listUserScores(it_.database, { limit: 1 }))[0]).toMatchObject({ run: 2, skipped: true });
  });

  it('of contamination begin where model and label differ most', async () => {
    const { count, lines } = await listContamination(it_.database, { limit: 20 });
    expect(count).toBe(2);
    // Layer 1 is called bad at a score of 1/64.
    expect(lines[0]).toMatchObject({ run: 2, rating: expect.closeTo(63 / 64, 5) as number });
    const [, second] = lines;
    const differences = second!.scores.map((score, row) =>
      Math.abs(score - (second!.verdicts?.[row] === 'bad' ? 1 : 0)),
    );
    expect(second!.rating).toBeCloseTo(Math.max(...differences), 5);
    expect(await listContamination(it_.database, { limit: 1, offset: 1 })).toEqual({
      count: 2,
      lines: [second],
    });
  });
});
