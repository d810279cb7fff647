import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type KnownState,
  type RunContent,
  type Stability,
  chooseRuns,
  contentOf,
  isStable,
  observe,
} from './discovery.ts';
import { type ChamberId, type Matrix, allChambers } from '@dtdqm/contract';

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

const [first, second] = allChambers as [ChamberId, ChamberId];
const filled = (hits: number): Matrix => Array.from({ length: 12 }, () => [hits, -1]);
const after = (...contents: RunContent[]) =>
  contents.reduce<Stability | undefined>(observe, undefined) as Stability;
const content = (hash: string, hits: number): RunContent => ({ hash, hits });

describe('contentOf', () => {
  it('counts hits but not cells without a wire', () => {
    expect(contentOf([[first, filled(3)]]).hits).toBe(36);
  });

  it('does not depend on the order of chambers, but on which chamber has which matrix', () => {
    const hash = (...pairs: [ChamberId, Matrix | undefined][]) => contentOf(pairs).hash;
    const one = hash([first, filled(1)], [second, filled(2)]);
    expect(hash([second, filled(2)], [first, filled(1)])).toBe(one);
    expect(hash([first, filled(2)], [second, filled(1)])).not.toBe(one);
    expect(hash([first, filled(1)], [second, undefined])).not.toBe(one);
  });
});

describe('isStable', () => {
  it('wants the same content twice in a row', () => {
    expect(isStable(after(content('a', 1)))).toBe(false);
    expect(isStable(after(content('a', 1), content('b', 2), content('a', 3)))).toBe(false);
    expect(isStable(after(content('a', 1), content('b', 2), content('b', 2)))).toBe(true);
  });

  it('also gives up when hits stop growing though content still differs', () => {
    expect(isStable(after(content('a', 9), content('b', 9)))).toBe(false);
    expect(isStable(after(content('a', 9), content('b', 9), content('c', 8)))).toBe(true);
  });

  it('begins anew when the run grows again', () => {
    expect(isStable(after(content('a', 9), content('b', 9), content('c', 10), content('d', 10)))).toBe(false);
  });
});
