import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cohenKappa,
  fleissKappa,
  gwetAc1,
  krippendorffAlpha,
  pairTable,
  percentAgreement,
  type Rating,
  sumRatings,
} from './coefficients.ts';

/** Units of two raters from a table of how often row and column met. */
const fromTable = (table: number[][]): Rating[][] =>
  table.flatMap((row, first) =>
    row.flatMap((count, second) => Array.from({ length: count }, () => [first, second])),
  );

/** Units from a table of how many raters chose each category. */
const fromCounts = (table: number[][]): Rating[][] =>
  table.map((row) => row.flatMap((count, category) => Array.from({ length: count }, () => category)));

describe('published worked examples', () => {
  it("Cohen's kappa: Feinstein and Cicchetti 1990, two tables of equal agreement", () => {
    // J. Clin. Epidemiol. 43 (1990) 543: 85 % agreement each, kappa 0.70 and 0.32
    const balanced = pairTable(
      fromTable([
        [40, 9],
        [6, 45],
      ]),
      2,
    );
    const skewed = pairTable(
      fromTable([
        [80, 10],
        [5, 5],
      ]),
      2,
    );
    expect(cohenKappa(balanced)).toBeCloseTo((0.85 - 0.5008) / (1 - 0.5008), 9);
    expect(cohenKappa(balanced)).toBeCloseTo(0.7, 2);
    expect(cohenKappa(skewed)).toBeCloseTo((0.85 - 0.78) / (1 - 0.78), 9);
    expect(cohenKappa(skewed)).toBeCloseTo(0.32, 2);
  });

  it("Cohen's kappa and AC1: Gwet's table of three abstractor codes", () => {
    // Handbook of Inter-Rater Reliability, 4th ed., as reproduced by the R package irrCAC (cont3x3abstractors)
    const units = fromTable([
      [13, 0, 0],
      [0, 20, 7],
      [0, 4, 56],
    ]);
    expect(cohenKappa(pairTable(units, 3))).toBeCloseTo(0.7964094, 6);
    const sums = sumRatings(units, 3);
    expect(gwetAc1(sums)).toBeCloseTo(0.8493305, 6);
    // Scott's pi, which Fleiss' kappa is for two raters
    expect(fleissKappa(sums)).toBeCloseTo(0.7962397, 6);
  });

  it("Fleiss' kappa: ten subjects, fourteen raters, five categories", () => {
    // the example of the article "Fleiss' kappa" in Wikipedia: 0.210
    const counts = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    expect(fleissKappa(sumRatings(fromCounts(counts), 5))).toBeCloseTo(0.209930704, 8);
  });

  it("Krippendorff's alpha: two observers, ten units, two values", () => {
    // Krippendorff 2011, section A: 0.095
    const meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0];
    const owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0];
    expect(
      krippendorffAlpha(
        sumRatings(
          meg.map((value, unit) => [value, owen[unit] as number]),
          2,
        ),
      ),
    ).toBeCloseTo(1 - (19 * 4) / (14 * 6), 9);
  });

  it('alpha, AC1 and agreement: four observers, twelve units, ratings missing', () => {
    // Krippendorff 2011, section C: nominal alpha 0.743; AC1 and agreement by irrCAC (cac.raw4raters)
    const observers = ['123321412...', '1233224125.3', '.3332342251.', '12332441251.'];
    const units = Array.from({ length: 12 }, (_, unit) =>
      observers.map((ratings) => (ratings[unit] === '.' ? null : Number(ratings[unit]) - 1)),
    );
    const sums = sumRatings(units, 5);
    expect(krippendorffAlpha(sums)).toBeCloseTo(0.743421, 6);
    expect(percentAgreement(sums)).toBeCloseTo(0.818182, 6);
    expect(gwetAc1(sums)).toBeCloseTo(0.77544, 5);
    expect(fleissKappa(sums)).toBeCloseTo(0.76117, 5);
  });

  it('AC1 where kappa is below zero: 118 + 0 of 125 in agreement', () => {
    // Gwet 2002, Kappa statistic is not satisfactory: kappa -0.0234, AC1 0.9408
    const units = fromTable([
      [118, 5],
      [2, 0],
    ]);
    expect(cohenKappa(pairTable(units, 2))).toBeCloseTo(-0.0234, 4);
    expect(gwetAc1(sumRatings(units, 2))).toBeCloseTo((0.944 - 0.054432) / (1 - 0.054432), 9);
  });
});

/** Raters as strings, one character a unit: its category from `first` on, or a point where nothing was said. */
const fromRaters = (raters: readonly string[], first = 0): Rating[][] =>
  Array.from({ length: raters[0]!.length }, (_, unit) =>
    raters.map((ratings) => (ratings[unit] === '.' ? null : Number(ratings[unit]) - first)),
  );

it.each([
  {
    set: "Gwet's three abstractor codes, two raters",
    units: fromTable([
      [13, 0, 0],
      [0, 20, 7],
      [0, 4, 56],
    ]),
    categories: 3,
    figures: [0.89, 0.849330548231, 0.796239696212, 0.797258497731],
    cohen: 0.796409402184,
  },
  {
    set: 'four observers, twelve units, ratings missing (cac.raw4raters)',
    units: fromRaters(['123321412...', '1233224125.3', '.3332342251.', '12332441251.'], 1),
    categories: 5,
    figures: [0.818181818182, 0.775444068127, 0.761169275422, 0.743421052632],
    cohen: null,
  },
  {
    set: 'three experts, sixty layers of which few are bad, half of one and a sixth of another missing',
    units: fromRaters([
      '100000000000010000000000001000000000000100000000000010000000',
      '000.000000.001000.001000.000000.000000.100000.000000.000000.',
      '1.00.01.00.00.00.00.00.00.10.00.01.00.01.00.00.00.00.00.00.0',
    ]),
    categories: 2,
    figures: [0.941520467836, 0.930217411531, 0.638960205392, 0.5496323529411764],
    cohen: null,
  },
])('equals irrCAC 0.4.4 and krippendorff (Python) to 1e-9: $set', ({ units, categories, figures, cohen }) => {
  const sums = sumRatings(units, categories);
  const own = [percentAgreement, gwetAc1, fleissKappa, krippendorffAlpha].map((figure) => figure(sums)!);
  own.forEach((value, index) => expect(value).toBeCloseTo(figures[index]!, 9));
  if (cohen !== null) expect(cohenKappa(pairTable(units, categories))).toBeCloseTo(cohen, 9);
});

const ratings = fc.array(fc.array(fc.constantFrom<Rating>(0, 1, null), { minLength: 3, maxLength: 3 }), {
  minLength: 1,
  maxLength: 40,
});
const all = [percentAgreement, fleissKappa, gwetAc1, krippendorffAlpha];

describe('laws', () => {
  it('no coefficient depends on the order of raters or units, and none exceeds 1', () => {
    fc.assert(
      fc.property(ratings, (units) => {
        const sums = sumRatings(units, 2);
        const turned = sumRatings(
          [...units].reverse().map((unit) => [...unit].reverse()),
          2,
        );
        for (const coefficient of all) {
          const value = coefficient(sums);
          if (value === null) expect(coefficient(turned)).toBeNull();
          else {
            expect(coefficient(turned)).toBeCloseTo(value, 9);
            expect(value).toBeLessThanOrEqual(1 + 1e-9);
          }
        }
      }),
    );
  });

  it('full agreement on both categories is 1 by every coefficient', () => {
    const sums = sumRatings(
      [
        [0, 0, 0],
        [1, 1, null],
        [0, null, 0],
      ],
      2,
    );
    expect(all.map((coefficient) => coefficient(sums))).toEqual([1, 1, 1, 1]);
  });

  it('is undefined, not wrong, where nothing can be said', () => {
    expect(all.map((coefficient) => coefficient(sumRatings([[0, null]], 2)))).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(krippendorffAlpha(sumRatings([[0, 0]], 2))).toBeNull();
    expect(cohenKappa(pairTable([[0, 0]], 2))).toBeNull();
  });

  it('refuses a category that does not exist', () => {
    expect(() => sumRatings([[2, 0]], 2)).toThrow(/rating 2 must be/);
  });
});
