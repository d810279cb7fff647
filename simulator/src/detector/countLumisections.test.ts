import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allChambers, noWire, type ChamberId, type Matrix } from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import { calibratedSpread } from './profile.ts';
import {
  checkRunScript,
  LumisectionCounter,
  lumisectionSeconds,
  rateIn,
  strengthAt,
  type InjectedFault,
  type RunScript,
} from './index.ts';

const inMB1 = { wheel: -2, station: 1, sector: 3 } as const;
const chambers = fc.constantFrom(...allChambers);
const seeds = fc.integer({ min: 1, max: 1e6 });

function counterOf(script: object, chamber: ChamberId = inMB1, seed = 1, spread = calibratedSpread) {
  const checked = checkRunScript({ lumisections: 40, ...script });
  return new LumisectionCounter({ chamber, buildSeed: seed, runSeed: seed, script: checked, spread });
}

const hitsOf = (matrix: Matrix) => sum(matrix.flat().filter((hits) => hits > 0));
const added = (a: Matrix, b: Matrix) =>
  a.map((row, y) => row.map((hits, x) => (hits === noWire ? noWire : hits + b[y]![x]!)));

describe('counts of a run in progress', () => {
  it('are the sum of its lumisections, and the same in any order of asking', () => {
    fc.assert(
      fc.property(chambers, seeds, fc.integer({ min: 0, max: 12 }), (chamber, seed, some) => {
        const counter = counterOf({ lumisections: 12 }, chamber, seed);
        const whole = counter.upTo(12);
        let soFar = counter.upTo(0);
        expect(hitsOf(soFar)).toBe(0);
        for (let each = 1; each <= some; each++) soFar = added(soFar, counter.only(each));
        expect(counter.upTo(some)).toEqual(soFar);
        expect(counterOf({ lumisections: 12 }, chamber, seed).upTo(12)).toEqual(whole);
        expect(counter.upTo(99)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  it('only grow, cell by cell, and keep the wires where they are', () => {
    fc.assert(
      fc.property(chambers, seeds, (chamber, seed) => {
        const counter = counterOf({}, chamber, seed);
        let before = counter.upTo(0);
        for (let upTo = 3; upTo <= 40; upTo += 9) {
          const now = counter.upTo(upTo);
          for (const [y, row] of now.entries()) {
            for (const [x, hits] of row.entries()) {
              expect(hits).toBeGreaterThanOrEqual(before[y]![x]!);
              expect(hits === noWire).toBe(before[y]![x] === noWire);
            }
          }
          before = now;
        }
      }),
      { numRuns: 10 },
    );
  });

  it('scatter from lumisection to lumisection as Poisson counts do', () => {
    // One muon in five is seen by all four layers, so cells are compared with themselves only.
    const plain = { ...calibratedSpread, lumpy: 0 };
    const counter = counterOf({ lumisections: 200, halfLifeHours: 0 }, inMB1, 5, plain);
    const spans = Array.from({ length: 50 }, (_, span) => {
      const [before, after] = [counter.upTo(4 * span), counter.upTo(4 * span + 4)];
      return after.map((row, y) => row.map((hits, x) => hits - before[y]![x]!));
    });
    let [chiSquare, freedom, products] = [0, 0, 0];
    spans[0]!.forEach((row, y) => {
      row.forEach((_, x) => {
        const counts = spans.map((span) => span[y]![x]!);
        const mean = sum(counts) / counts.length;
        if (mean < 1) return;
        chiSquare += sumOf(counts, (count) => (count - mean) ** 2) / mean;
        freedom += counts.length - 1;
        products += sumOf(counts.slice(1), (count, span) => (count - mean) * (counts[span]! - mean)) / mean;
      });
    });
    expect(freedom).toBeGreaterThan(20_000);
    // Within four standard deviations; scaled counts would give about 0.
    expect(Math.abs(chiSquare - freedom) / Math.sqrt(2 * freedom)).toBeLessThan(4);
    expect(Math.abs(products + freedom / 49) / Math.sqrt(freedom)).toBeLessThan(4);
  });

  it('count lumps at the rate of the chamber, not less for being rounded', () => {
    const rateOf = (lumpy: number) => {
      const spread = {
        ...calibratedSpread,
        lumpy,
        lumpSize: [1.4, 1.4] as const,
        trackShare: [0.2, 0.2] as const,
      };
      return hitsOf(counterOf({ lumisections: 60 }, inMB1, 3, spread).upTo(60));
    };
    expect(rateOf(1) / rateOf(0)).toBeCloseTo(1, 1);
  });

  it('fall with the luminosity, and stand still in a pause', () => {
    const script = { lumisections: 600, halfLifeHours: 5, rate: [{ from: 2330, to: 4660, level: 0 }] };
    const counter = counterOf(script);
    const between = (from: number, to: number) => hitsOf(counter.upTo(to)) - hitsOf(counter.upTo(from));
    const [first, paused, last] = [between(0, 100), between(100, 200), between(500, 600)];
    expect(paused).toBe(0);
    expect(last / first).toBeCloseTo(2 ** (-(500 * lumisectionSeconds) / 3600 / 5), 1);
    expect(rateIn(checkRunScript(script), 150)).toBe(0);
  });
});

it('cables that are mixed up all through a run are so in each of its lumisections', () => {
  const script = checkRunScript({ lumisections: 5 });
  const conditions = { chamber: inMB1, buildSeed: 1, runSeed: 1, script };
  const fault: InjectedFault = {
    ...{ kind: 'copied-layer', layers: [3], wires: { first: 1, last: 49 }, level: 1, bad: true },
    mapping: { how: 'copied', from: 2 },
  };
  const [counter, healthy] = [
    new LumisectionCounter({ ...conditions, faults: [fault] }),
    new LumisectionCounter(conditions),
  ];
  expect(counter.upTo(5)[2]).toEqual(healthy.upTo(5)[1]);
  expect(counter.upTo(5)[1]).toEqual(healthy.upTo(5)[1]);
});

describe('a fault inside a run', () => {
  const hitsOfLayer = (matrix: Matrix, layer: number, first = 1, last = 999) =>
    sum(matrix[layer - 1]!.slice(first - 1, last).filter((hits) => hits > 0));
  const difference = (counter: LumisectionCounter, from: number, to: number, layer: number, last?: number) =>
    hitsOfLayer(counter.upTo(to), layer, 1, last) - hitsOfLayer(counter.upTo(from), layer, 1, last);

  it('begins and ends at its seconds, in its wires, and nowhere else', () => {
    const wires = { first: 1, last: 24 };
    const fault = { chamber: 'W-2_St1_Sec3', layers: [2], wires, from: 10 * 23.3, to: 25.5 * 23.3 };
    const [counter, healthy] = [counterOf({ faults: [fault] }), counterOf({})];
    expect(difference(counter, 10, 25, 2, 24)).toBe(0);
    expect(difference(counter, 25, 26, 2, 24)).toBeGreaterThan(0);
    expect(difference(counter, 25, 26, 2, 24)).toBeLessThan(0.75 * difference(healthy, 25, 26, 2, 24));
    expect(difference(counter, 26, 40, 2)).toBe(difference(healthy, 26, 40, 2));
    expect(difference(counter, 0, 10, 2)).toBe(difference(healthy, 0, 10, 2));
    expect(difference(counter, 0, 40, 3) / difference(healthy, 0, 40, 3)).toBeCloseTo(1, 1);
    const elsewhere = { wheel: 2, station: 1, sector: 3 } as const;
    expect(counterOf({ faults: [fault] }, elsewhere).upTo(40)).toEqual(counterOf({}, elsewhere).upTo(40));
  });

  it.each([
    ['a weak layer', { how: 'steady' }, 300, 0.5],
    ['a flicker in its time', { how: 'flickers', on: 60, off: 30 }, 345, 1],
    ['a flicker between', { how: 'flickers', on: 60, off: 30 }, 375, 0],
    ['a sink half way', { how: 'sinks', within: 400 }, 500, 0.5],
    ['a sink at its end', { how: 'sinks', within: 400 }, 900, 1],
  ])('has the strength of its course: %s', (_, course, second, expected) => {
    const script: RunScript = checkRunScript({
      lumisections: 100,
      faults: [{ chamber: 'W-2_St1_Sec3', layers: [2], from: 300, course }],
    });
    const [fault] = script.faults;
    expect(strengthAt(fault!, 299)).toBe(0);
    expect(strengthAt(fault!, second)).toBeCloseTo(course.how === 'steady' ? 1 : expected, 5);
  });

  it.each([
    [{ chamber: 'W3_St1_Sec1', layers: [1], from: 0 }, /faults\.0\.chamber: must be a chamber/],
    [
      { chamber: 'W0_St4_Sec1', layers: [5], from: 0 },
      /faults\.0\.layers: must be layers that the chamber has/,
    ],
    [{ chamber: 'W0_St1_Sec1', layers: [1], from: 10, to: 5 }, /faults\.0\.to: must be later than from/],
    [{ chamber: 'W0_St1_Sec1', layers: [1] }, /faults\.0\.from/],
  ])('is refused where it cannot be: %o', (fault, reason) => {
    expect(() => checkRunScript({ lumisections: 1, faults: [fault] })).toThrow(reason);
  });
});
