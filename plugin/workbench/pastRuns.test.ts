import type { ChamberHistory, Verdict } from '@dtdqm/contract';
import { describe, expect, it } from 'vitest';
import { lastGoodRun, runMarks } from './pastRuns.ts';

function historyOf(runs: Record<number, (Verdict | null)[]>): ChamberHistory {
  const entries = Object.entries(runs).map(([run, verdicts]) => ({
    run: Number(run),
    scores: Array.from({ length: 12 }, () => 0),
    verdicts: Array.from({ length: 12 }, (_, at) => verdicts[at] ?? null),
  }));
  return { runs: entries.sort((a, b) => b.run - a.run) };
}

const history = historyOf({
  1: ['good', 'good'],
  2: ['good', 'unknown'],
  3: [null],
  4: ['good', 'bad'],
  5: ['bad', 'bad'],
  6: ['good', 'good'],
});

describe('the past of a chamber', () => {
  it('knows the last run in which it was good: one of which that is not known does not count', () => {
    expect(lastGoodRun(history, 5)).toBe(1);
    expect(lastGoodRun(history, 6)).toBe(1);
    expect(lastGoodRun(history, 7)).toBe(6);
    expect(lastGoodRun(history, 1)).toBeNull();
  });

  it('is a mark a run, oldest first, never good where that is not known', () => {
    expect(runMarks(history, 5, 4).map(({ run, look }) => [run, look])).toEqual([
      [2, 'unknown'],
      [3, 'unknown'],
      [4, 'bad'],
      [5, 'bad'],
    ]);
    expect(runMarks(history, 5)[4]?.words).toBe('2 layers bad');
  });
});
