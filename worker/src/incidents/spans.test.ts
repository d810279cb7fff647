import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellsIn,
  difference,
  intersection,
  normalise,
  overlap,
  shareInside,
  union,
  type Spans,
} from './spans.ts';

const span = fc
  .record({
    layer: fc.integer({ min: 1, max: 3 }),
    first: fc.integer({ min: 1, max: 20 }),
    length: fc.integer({ min: 1, max: 8 }),
  })
  .map(({ layer, first, length }) => ({ layer, first, last: first + length - 1 }));
const spans = fc.array(span, { maxLength: 5 });

/** The wires one by one: what the set operations must agree with. */
function wires(set: Spans): Set<string> {
  return new Set(
    set.flatMap(({ layer, first, last }) =>
      Array.from({ length: last - first + 1 }, (_, at) => `${layer}:${first + at}`),
    ),
  );
}

describe('sets of wires', () => {
  it('unite, meet and differ as sets of single wires do', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        const [one, other] = [wires(a), wires(b)];
        expect(wires(union(a, b))).toEqual(new Set([...one, ...other]));
        expect(wires(intersection(a, b))).toEqual(new Set([...one].filter((wire) => other.has(wire))));
        expect(wires(difference(a, b))).toEqual(new Set([...one].filter((wire) => !other.has(wire))));
      }),
    );
  });

  it('have one form, and as many cells as wires', () => {
    fc.assert(
      fc.property(spans, (a) => {
        const form = normalise(a);
        expect(normalise([...a].reverse())).toEqual(form);
        expect(cellsIn(form)).toBe(wires(a).size);
      }),
    );
  });

  it('overlap in full where one lies inside the other', () => {
    fc.assert(
      fc.property(spans, spans, (a, b) => {
        const all = union(a, b);
        if (a.length > 0)
          expect([overlap(normalise(a), all), shareInside(normalise(a), all)]).toEqual([1, 1]);
      }),
    );
  });
});
