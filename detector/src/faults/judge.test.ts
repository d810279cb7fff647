import type { FaultKind } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import {
  drawFault,
  simulateChamber,
  wiresInLayer,
  type InjectedFault,
  type InjectedKind,
} from '@dtdqm/simulator/detector';
import { describe, expect, it } from 'vitest';
import { viewChamber } from '../features/chamberView.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { judgeChamber } from './judge.ts';

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
  shifts: {},
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
    ['weak-superlayer', 0.4, 'weak-layer'],
  ];

  it.each(expectations)(
    'calls an injected %s at %d a %s, on its layers and wires',
    (injected, level, kind) => {
      for (const seed of [1, 2, 3]) {
        const fault = named(injected, level, seed);
        const found = judge([fault]).faults.filter((one) => one.kind === kind);
        expect(found.flatMap(({ layers }) => layers).sort((a, b) => a - b)).toEqual([...fault.layers]);
        for (const { wires, layers, confidence } of found) {
          const last = Math.min(fault.wires.last, wiresInLayer(chamber, layers[0]!));
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

  it('is a chamber without hits, until its past is known', () => {
    const dead = { ...drawFault('dead-chamber', chamber, randomOf(1)), level: 0 };
    expect(new Set(judge([dead]).verdicts)).toEqual(new Set(['unknown']));
    expect(new Set(judge([dead], 400, true).verdicts)).toEqual(new Set(['bad']));
  });
});
