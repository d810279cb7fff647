import type { FaultKind } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import {
  drawFault,
  simulateChamber,
  wireNumbers,
  type InjectedFault,
  type InjectedKind,
} from '@dtdqm/simulator/detector';
import { describe, expect, it } from 'vitest';
import { viewChamber } from '../features/chamberView.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { judgeByThreshold, judgeChamber, probability, scoresOf } from './judge.ts';

const chamber = { wheel: 1, station: 2, sector: 4 } as const;
const thresholds = { bad: 0.5, unknownBelowHits: 1.2, badWhenFewHits: 0.9 };

function judge(faults: InjectedFault[], lumisections = 400, history = false) {
  const conditions = { chamber, buildSeed: 5, lumisections };
  const { matrix, badLayers } = simulateChamber({ ...conditions, runSeed: 5, faults });
  const past = history ? [simulateChamber({ ...conditions, runSeed: 6 }).matrix] : [];
  const wires = chamberWires({ chamber, matrix, history: past });
  const scores = matrix.map((_, row) => (badLayers.includes(row + 1) ? 0.99 : 0.001));
  return judgeChamber(viewChamber(wires), scores, thresholds);
}

const named = (kind: InjectedKind, level = 0, seed = 1): InjectedFault => ({
  ...drawFault(kind, chamber, randomOf(seed)),
  level,
});

describe('naming of faults', () => {
  const expectations: [InjectedKind, number, FaultKind][] = [
    ['dead-layer', 0, 'dead-layer'],
    ['dead-half', 0, 'dead-half'],
    ['weak-layer', 0.3, 'weak-layer'],
    ['weak-half', 0.3, 'weak-region'],
    ['dead-region', 0, 'dead-region'],
    ['front-end-board', 0, 'front-end-board'],
    ['readout-group', 0, 'dead-region'],
    ['dead-superlayer', 0, 'dead-layer'],
    ['weak-superlayer', 0.4, 'weak-superlayer'],
    ['edge-dead', 0, 'edge-dead'],
    ['scattered-dead', 0, 'scattered-dead'],
    ['weak-board', 0.4, 'weak-board'],
  ];

  it.each(expectations)(
    'calls an injected %s at %d a %s, on its layers and wires',
    (injected, level, kind) => {
      for (const seed of [1, 2, 3]) {
        const fault = named(injected, level, seed);
        const found = judge([fault]).faults.filter((one) => one.kind === kind);
        expect(found.flatMap(({ layers }) => layers).sort((a, b) => a - b)).toEqual([...fault.layers]);
        for (const { wires, layers, confidence } of found) {
          const last = Math.min(fault.wires.last, wireNumbers(chamber, layers[0]!).last);
          expect(Math.abs(wires!.first - fault.wires.first)).toBeLessThanOrEqual(2);
          expect(Math.abs(wires!.last - last)).toBeLessThanOrEqual(2);
          expect(confidence).toBeGreaterThan(0.8);
        }
      }
    },
  );

  it.each([
    ['front-end-board', 0.45],
    ['weak-superlayer', 0.6],
  ] as const)('tells by the past where a %s has sunk in all layers alike', (kind, level) => {
    const fault = named(kind, level);
    const isThere = (end: number, wanted: number) => Math.abs(end - wanted) <= 2;
    const found = judge([fault], 2000, true).faults.find(
      ({ layers, wires }) =>
        layers.length > 1 &&
        isThere(wires!.first, fault.wires.first) &&
        isThere(wires!.last, fault.wires.last),
    );
    expect(Math.abs(found!.ratio! - level)).toBeLessThan(0.1);
  });

  it('lists a dead and a noisy cell of a good layer without calling it bad', () => {
    const dead = { ...named('dead-cells'), layers: [3], wires: { first: 20, last: 20 } };
    const noisy = { ...named('noisy-cell', 20), layers: [6], wires: { first: 30, last: 30 } };
    const { verdicts, faults } = judge([dead, noisy]);
    expect(verdicts).not.toContain('bad');
    expect(faults).toContainEqual(
      expect.objectContaining({ kind: 'dead-cells', layers: [3], wires: dead.wires }),
    );
    expect(faults).toContainEqual(
      expect.objectContaining({ kind: 'noisy-cell', layers: [6], wires: noisy.wires }),
    );
  });
});

describe('what cannot be told', () => {
  it('is unknown where there are few hits, with the hits that are needed', () => {
    const { verdicts, faults } = judge([], 3);
    expect(verdicts.every((verdict) => verdict === 'unknown')).toBe(true);
    const [fault] = faults.filter(({ kind }) => kind === 'low-statistics');
    expect(fault!.layers).toHaveLength(12);
    expect(fault!.note).toMatch(/a verdict needs 1\.2/);
  });

  it('is bad in no layer of which hardly a hit is expected, whatever the network says', () => {
    const matrix = (hits: number) =>
      Array.from({ length: 12 }, () => new Array<number>(48).fill(0).fill(1, 0, hits));
    const verdictsOf = (hits: number) =>
      judgeChamber(
        viewChamber(chamberWires({ chamber, matrix: matrix(hits) })),
        new Array<number>(12).fill(1),
        thresholds,
      ).verdicts;
    expect(new Set(verdictsOf(10))).toEqual(new Set(['unknown']));
    expect(new Set(verdictsOf(40))).toEqual(new Set(['bad']));
  });
});

describe('verdicts at the limits', () => {
  /** A flat chamber of 48 wires a layer in which layer 3 is at half. */
  const flat = (level: number) => {
    const matrix = Array.from({ length: 12 }, (_, row) =>
      new Array<number>(48).fill(row === 2 ? level / 2 : level),
    );
    return viewChamber(chamberWires({ chamber, matrix }));
  };
  const scored = (score: number) => Array.from({ length: 12 }, (_, row) => (row === 2 ? score : 0.01));

  it('is bad from the limit on, and otherwise good', () => {
    expect(judgeChamber(flat(100), scored(0.5), thresholds).verdicts[2]).toBe('bad');
    const good = judgeChamber(flat(100), scored(0.499), thresholds);
    expect(good).toEqual({ scores: scored(0.499), verdicts: new Array(12).fill('good'), faults: [] });
  });

  it('names what is lacking in a bad layer, with the mean score of its layers', () => {
    const { faults } = judgeChamber(flat(100), scored(0.8), thresholds);
    expect(faults).toMatchObject([
      { kind: 'weak-layer', layers: [3], wires: { first: 1, last: 48 }, confidence: 0.8 },
    ]);
    expect(faults[0]!.ratio).toBeCloseTo(0.5, 1);
  });

  it('names a bad layer hot that counts twice as much as its siblings, and calls none of those bad with it', () => {
    const whole = Array.from({ length: 12 }, (_, row) => (row === 8 ? 0.99 : 0.01));
    const { matrix } = simulateChamber({ chamber, buildSeed: 5, runSeed: 5, lumisections: 400 });
    const louder = matrix.map((row, y) => (y === 8 ? row.map((hits) => (hits > 0 ? hits * 2 : hits)) : row));
    const { verdicts, faults } = judgeChamber(
      viewChamber(chamberWires({ chamber, matrix: louder })),
      whole,
      thresholds,
    );
    expect(verdicts.flatMap((verdict, row) => (verdict === 'bad' ? [row + 1] : []))).toEqual([9]);
    expect(faults.filter(({ layers }) => layers.includes(9))).toMatchObject([
      { kind: 'hot-layer', layers: [9] },
    ]);
  });

  it('wants more of a layer with few hits, and says how many hits would do', () => {
    const at = (score: number, limits: Parameters<typeof judgeChamber>[2] = thresholds) =>
      judgeChamber(flat(1), scored(score), limits);
    expect(at(0.89).verdicts[2]).toBe('unknown');
    expect(at(0.9).verdicts[2]).toBe('bad');
    expect(at(0.9).verdicts[1]).toBe('unknown');
    const { kind, layers, wires, confidence, note } = at(0.9).faults.at(-1)!;
    expect({ kind, layers, wires, confidence }).toEqual({
      kind: 'low-statistics',
      layers: [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      wires: null,
      confidence: 1,
    });
    expect(note).toMatch(/^about \d\.\d\d hits per wire; a verdict needs 1\.2, that is 2 times as many$/);
    const told = judgeChamber(flat(1), scored(0.9), thresholds, 'nobody knows').faults.at(-1)!;
    expect(told.note).toMatch(/times as many; nobody knows$/);
    // Without a limit of its own for few hits the common one holds, without a limit of hits nothing is unknown.
    expect(at(0.5, { bad: 0.5, unknownBelowHits: 1.2 }).verdicts[2]).toBe('bad');
    expect(new Set(at(0.4, { bad: 0.5 }).verdicts)).toEqual(new Set(['good']));
  });

  it('names regions before single cells, and single cells of good layers only', () => {
    const matrix = Array.from({ length: 12 }, () => new Array<number>(48).fill(100));
    matrix[2]!.fill(0, 10, 30);
    matrix[2]![40] = 900;
    matrix[6]![20] = 900;
    const view = viewChamber(chamberWires({ chamber, matrix }));
    const { faults } = judgeChamber(view, scored(0.9), thresholds);
    expect(faults.map(({ kind, layers, wires }) => [kind, layers, wires])).toEqual([
      ['dead-region', [3], { first: 11, last: 30 }],
      ['noisy-cell', [7], { first: 21, last: 21 }],
    ]);
  });

  it('is none where there is no layer', () => {
    const scores = scored(0.01).map((score, row) => (row === 6 ? -1 : score));
    const { verdicts } = judgeChamber(flat(100), scores, thresholds);
    expect(verdicts.map((verdict) => verdict === null)).toEqual(scores.map((score) => score === -1));
  });

  it('is of its layers, not of a dead chamber, where a layer in each superlayer is silent', () => {
    const matrix = Array.from({ length: 12 }, (_, row) =>
      new Array<number>(48).fill(row % 4 === 1 ? 0 : 100),
    );
    const scores = matrix.map((_, row) => (row % 4 === 1 ? 0.99 : 0.01));
    const { verdicts, faults } = judgeChamber(
      viewChamber(chamberWires({ chamber, matrix })),
      scores,
      thresholds,
    );
    expect(verdicts).toEqual(scores.map((score) => (score === 0.99 ? 'bad' : 'good')));
    expect(faults.map(({ kind, layers }) => [kind, ...layers]).sort()).toEqual([
      ['dead-layer', 10],
      ['dead-layer', 2],
      ['dead-layer', 6],
    ]);
  });

  it('without a judge are those of one limit', () => {
    expect(judgeByThreshold([0.5, 0.49, -1], { bad: 0.5 })).toEqual({
      scores: [0.5, 0.49, -1],
      verdicts: ['bad', 'good', null],
      faults: [],
    });
  });
});

describe('calibration', () => {
  it('divides the difference of the logits by the temperature, and shifts it', () => {
    expect(probability(0, { temperature: 1, offset: 0 })).toBe(0.5);
    expect(probability(2, { temperature: 2, offset: 0 })).toBeCloseTo(0.731, 3);
    expect(probability(2, { temperature: 2, offset: -1 })).toBe(0.5);
  });

  it('puts scores where their layers are, -1 elsewhere', () => {
    const layers = [
      { chamber: 0, row: 3 },
      { chamber: 1, row: 0 },
    ];
    const scores = scoresOf({ layers, tensors: {} }, Float32Array.of(0, 2), 2, { temperature: 1, offset: 0 });
    expect(scores.map((own) => own.length)).toEqual([12, 12]);
    expect(scores[0]!.map((score) => score === -1).indexOf(false)).toBe(3);
    expect(scores[0]![3]).toBe(0.5);
    expect(scores[1]![0]).toBeCloseTo(0.881, 3);
    expect(scores.flat().filter((score) => score !== -1)).toHaveLength(2);
  });

  it.each([NaN, -Infinity, Infinity])('are refused of a network that gives %d for a layer', (difference) => {
    const layers = [{ chamber: 0, row: 2 }];
    const scores = () =>
      scoresOf({ layers, tensors: {} }, Float32Array.of(difference), 1, { temperature: 1, offset: 0 });
    // Not above any limit, nor below: it would be called good.
    expect(scores).toThrow(/gives no number for layer 3 of a chamber/);
  });
});
