import type { ChamberCondition, ChamberHistory, Verdict } from '@dtdqm/contract';
import { describe, expect, it } from 'vitest';
import { lastGoodRun, marksIn, runMarks } from './pastRuns.ts';

function historyOf(runs: Record<number, [ChamberCondition, ...(Verdict | null)[]]>): ChamberHistory {
  const entries = Object.entries(runs).map(([run, [condition, ...verdicts]]) => ({
    run: Number(run),
    condition,
    scores: Array.from({ length: 12 }, () => 0),
    verdicts: Array.from({ length: 12 }, (_, at) => verdicts[at] ?? null),
  }));
  return { runs: entries.sort((a, b) => b.run - a.run) };
}

const history = historyOf({
  1: ['good', 'good', 'good'],
  2: ['unknown', 'good', 'unknown'],
  3: ['unknown', null],
  4: ['bad', 'good', 'bad'],
  5: ['dead', 'bad', 'bad'],
  6: ['good', 'good', 'good'],
});

describe('the past of a chamber', () => {
  it('knows the last run in which it was good: one of which that is not known does not count', () => {
    expect(lastGoodRun(history, 5)).toBe(1);
    expect(lastGoodRun(history, 6)).toBe(1);
    expect(lastGoodRun(history, 7)).toBe(6);
    expect(lastGoodRun(history, 1)).toBeNull();
  });

  it('is a mark a run, oldest first, never good where that is not known', () => {
    expect(runMarks(history, 5, 4).map(({ run, condition }) => [run, condition])).toEqual([
      [2, 'unknown'],
      [3, 'unknown'],
      [4, 'bad'],
      [5, 'dead'],
    ]);
    expect(runMarks(history, 5).map(({ words }) => words)).toEqual([
      'good',
      'unknown',
      'unknown',
      '1 layer bad',
      'dead',
    ]);
  });

  it('in the list is that of the chamber, and none where nothing is said of it', () => {
    const of = { wheel: 0, station: 1, sector: 3 } as const;
    const past = { runs: [7, 9], chambers: [{ ...of, conditions: ['good' as const, 'dead' as const] }] };
    expect(marksIn(past, of).map(({ run, condition }) => [run, condition])).toEqual([
      [7, 'good'],
      [9, 'dead'],
    ]);
    expect(marksIn(past, { ...of, sector: 4 })).toEqual([]);
  });
});
