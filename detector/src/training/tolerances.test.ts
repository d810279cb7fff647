import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnTolerances, type ToleranceLesson } from './outlook.ts';

const lesson = (degree: number, bad: boolean, place = `W+1 MB${degree}`): ToleranceLesson => ({
  kind: 'hot-layer',
  degree,
  place,
  bad,
});

describe('from which degree on experts call layers bad', () => {
  const bad = [1.35, 1.42, 1.5].map((degree) => lesson(degree, true));

  it('lies half-way between the least bad layer and the next good one below', () => {
    expect(learnTolerances([...bad, lesson(1.2, false), lesson(1.15, false)]).hotLayerFrom).toBeCloseTo(
      Math.sqrt(1.35 * 1.2),
      2,
    );
    expect(learnTolerances(bad)).toEqual({ hotLayerFrom: 1.35 });
  });

  it('is not told by few layers, by one chamber, by contradicting labels, or by those of another kind', () => {
    expect(learnTolerances([])).toEqual({});
    expect(learnTolerances(bad.slice(1))).toEqual({});
    expect(learnTolerances(bad.map((each) => ({ ...each, place: 'W0 MB1 S1' })))).toEqual({});
    expect(learnTolerances([...bad, lesson(1.45, false), lesson(1.6, false)])).toEqual({});
    expect(learnTolerances(bad.map((each) => ({ ...each, kind: 'noisy-region' })))).toEqual({
      noisyRegionFrom: 1.35,
    });
  });

  it('leaves one good layer above it where it parts four bad ones more from the good', () => {
    const more = [1.3, 1.31, 1.32, 1.33, 1.34].map((degree) => lesson(degree, true));
    expect(learnTolerances([...bad, ...more, lesson(1.345, false)])).toEqual({ hotLayerFrom: 1.3 });
  });

  it('calls at least four bad layers bad for each good one, whatever is labelled in whatever order', () => {
    const lessons = fc.array(
      fc.record({
        kind: fc.constantFrom('hot-layer' as const, 'noisy-region' as const),
        degree: fc.double({ min: 1.1, max: 4, noNaN: true }),
        place: fc.constantFrom('W-2 MB1 S1', 'W0 MB3 S7', 'W+2 MB4 S12'),
        bad: fc.boolean(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(lessons, (those) => {
        const limits = learnTolerances(those);
        expect(learnTolerances([...those].reverse())).toEqual(limits);
        for (const [kind, limit] of [
          ['hot-layer', limits.hotLayerFrom],
          ['noisy-region', limits.noisyRegionFrom],
        ] as const) {
          if (limit === undefined) continue;
          const above = those.filter((each) => each.kind === kind && each.degree >= limit);
          const good = above.filter((each) => !each.bad).length;
          expect(above.length - good).toBeGreaterThanOrEqual(Math.max(2, 4 * good));
        }
      }),
    );
  });
});
