import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRuns, type KnownState } from './discovery.ts';

const listed = (...runs: number[]) => runs.map((run) => ({ run, dataset: 'Global/Online/ALL' }));

describe('chooseRuns', () => {
  it('takes new, growing and failed runs, newest first, and leaves closed and busy ones', () => {
    const known = new Map<number, KnownState>([
      [1, 'closed'],
      [2, 'failed'],
      [3, 'busy'],
      [5, 'growing'],
    ]);
    const chosen = chooseRuns(listed(4, 1, 5, 3, 2), known);
    expect(chosen.map(({ run, why }) => [run, why])).toEqual([
      [5, 'growing'],
      [4, 'new'],
      [2, 'failed'],
    ]);
  });

  it('takes no more than the limit', () => {
    expect(chooseRuns(listed(1, 2, 3), new Map(), 2).map(({ run }) => run)).toEqual([3, 2]);
    expect(chooseRuns(listed(1, 2, 3), new Map(), 0)).toEqual([]);
  });

  it('says which run is the newest listed, also when newer ones are closed', () => {
    expect(chooseRuns(listed(1, 2), new Map()).map(({ newest }) => newest)).toEqual([true, false]);
    expect(chooseRuns(listed(1, 2), new Map([[2, 'closed']])).map(({ newest }) => newest)).toEqual([false]);
  });

  it('never chooses a closed run, nor one twice, and always falls from newest to oldest', () => {
    const runs = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 });
    const states = fc.constantFrom<KnownState>('closed', 'busy', 'growing', 'failed');
    const known = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), states));
    fc.assert(
      fc.property(runs, known, (numbers, pairs) => {
        const map = new Map(pairs);
        const chosen = chooseRuns(listed(...numbers), map).map(({ run }) => run);
        expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => b - a));
        const wanted = numbers.filter((run) => !['closed', 'busy'].includes(map.get(run) ?? 'new'));
        expect(new Set(chosen)).toEqual(new Set(wanted));
      }),
    );
  });
});
