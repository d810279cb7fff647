import { describe, expect, it } from 'vitest';
import type { Span } from '@dtdqm/contract';
import { coalesce } from './coalesce.ts';
import { finding } from './toy.fixture.ts';

const at = (layer: number, first: number, last: number): Span[] => [{ layer, first, last }];

describe('findings of one run', () => {
  it('are one where most layers of a superlayer are bad, by the name of the heaviest', () => {
    const torn = [
      finding(at(5, 1, 40), { kind: 'weak-layer', ratio: 0.5 }),
      finding(at(6, 10, 20)),
      finding(at(7, 55, 55)),
    ];
    expect(coalesce(torn)).toMatchObject([{ kind: 'weak-layer', spans: torn.flatMap(({ spans }) => spans) }]);
  });

  it('are one where they lie one above the other', () => {
    expect(coalesce([finding(at(9, 10, 20)), finding(at(10, 11, 20))])).toHaveLength(1);
    expect(coalesce([finding(at(9, 10, 20)), finding(at(10, 30, 40))])).toHaveLength(2);
    expect(coalesce([finding(at(8, 10, 20)), finding(at(9, 10, 20))])).toHaveLength(2);
  });

  it('keep a noisy cell apart from what is dead around it', () => {
    const noisy = finding(at(9, 12, 12), { kind: 'noisy-cell', ratio: 20 });
    expect(coalesce([finding(at(9, 10, 20)), noisy])).toHaveLength(2);
  });
});
