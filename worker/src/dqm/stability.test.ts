import { allChambers, type ChamberId, type Matrix } from '@dtdqm/contract';
import { describe, expect, it } from 'vitest';
import { contentOf, isStable, observe, type RunContent, type Stability } from './stability.ts';

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
