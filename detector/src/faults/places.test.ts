import { noWire, type Fault, type Matrix } from '@dtdqm/contract';
import { quantile } from '@dtdqm/contract/numbers';
import { randomOf } from '@dtdqm/contract/random';
import {
  drawMeasured,
  injectIntoCounts,
  levelAt,
  measuredFaults,
  simulateChamber,
  type InjectedFault,
} from '@dtdqm/simulator/detector';
import { describe, expect, it } from 'vitest';
import { viewChamber } from '../features/chamberView.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { judgeChamber } from './judge.ts';

const chamber = { wheel: 2, station: 1, sector: 6 } as const;
const thresholds = { bad: 0.5 };
const counted = (runSeed: number, buildSeed: number, lumisections: number) =>
  simulateChamber({ chamber, buildSeed, runSeed, lumisections }).matrix;

interface Case {
  readonly fault: InjectedFault;
  readonly matrix: Matrix;
  readonly faults: readonly Fault[];
  readonly verdicts: readonly unknown[];
}

/** A fault of the table in one chamber after another, its layers scored bad but those of `unseen` (from its first, 0). */
function casesOf(name: string, past: number, lumisections = 200, unseen: readonly number[] = []): Case[] {
  const measured = measuredFaults.find((each) => each.name === name)!;
  return Array.from({ length: 16 }, (_, seed) => {
    const random = randomOf(seed, name);
    const fault = drawMeasured(measured, chamber, random)!;
    const matrix = injectIntoCounts(counted(seed, seed, lumisections), fault, random);
    const history = Array.from({ length: past }, (_, run) =>
      counted(100 * (run + 1) + seed, seed, lumisections),
    );
    const wires = chamberWires({ chamber, matrix, history, exposures: history.map(() => 1) });
    const seen = fault.layers.filter((_, index) => !unseen.includes(index));
    const isSeen = (row: number) => fault.bad && seen.includes(row + 1);
    const scores = matrix.map((_, row) => (isSeen(row) ? 0.9 : 0.01));
    return { fault, matrix, ...judgeChamber(viewChamber(wires), scores, thresholds) };
  });
}

/** Wires that are touched and named over those that are either, in all layers that are named with the fault. */
function overlapOf({ fault, matrix, faults }: Case): number {
  const there = faults.filter(({ kind, layers }) => !kind.includes('cell') && layers.some((layer) => fault.layers.includes(layer))); // prettier-ignore
  let [both, either] = [0, 0];
  for (const layer of new Set([...fault.layers, ...there.flatMap(({ layers }) => layers)])) {
    matrix[layer - 1]!.forEach((hits, column) => {
      if (hits === noWire) return;
      const wire = column + 1;
      const isTouched = levelAt(fault, layer, wire) !== 1;
      const isNamed = there.some(({ layers, wires, only }) =>
          layers.includes(layer) && (only?.includes(wire) ?? (!wires || (wire >= wires.first && wire <= wires.last)))); // prettier-ignore
      if (isTouched && isNamed) both++;
      if (isTouched || isNamed) either++;
    });
  }
  return both / either;
}

describe('the wires that are named of a fault', () => {
  it.each(
    [
      '8 dead wires',
      'theta superlayer at 70 %',
      'phi superlayer at 70 %',
      'board at 50 %',
      'every second wire of 16 dead',
      'layer at 85 %',
      'half layer at 80 %',
      'slope from 100 to 60 %',
      '16 wires at 50 %',
      'layer 30 % hotter',
      '8 wires three times as hot',
    ].flatMap((name) => [[name, 0] as const, [name, 1] as const, [name, 3] as const]),
  )('are those that are touched: %s, with %i runs before', (name, past) => {
    const overlaps = casesOf(name, past).map(overlapOf);
    expect(quantile(overlaps, 0.5)).toBeGreaterThanOrEqual(0.9);
    expect(quantile(overlaps, 0.1)).toBeGreaterThanOrEqual(0.7);
  });

  it.each(['half layer at 80 %', 'slope from 100 to 60 %', '16 wires at 50 %', '8 wires three times as hot'])(
    'are not those of a layer that stands elsewhere: %s',
    (name) => {
      const kinds = [...casesOf(name, 0), ...casesOf(name, 3)].flatMap(({ faults }) => faults);
      expect(kinds.filter(({ kind }) => kind === 'mapping')).toEqual([]);
    },
  );

  it('are every second one where no single wire counts enough to be surely dead', () => {
    const overlaps = casesOf('every second wire of 16 dead', 1, 10).map(overlapOf);
    expect(quantile(overlaps, 0.5)).toBe(1);
  });

  it('are those of the whole superlayer where a wire of it is dead besides', () => {
    for (const { fault, matrix } of casesOf('theta superlayer at 70 %', 0)) {
      const layer = fault.layers[1]!;
      const withDead = matrix.map((row, index) =>
        index === layer - 1 ? row.map((hits, column) => (column === 20 ? 0 : hits)) : row,
      );
      const scores = matrix.map((_, row) => (fault.layers.includes(row + 1) ? 0.9 : 0.01));
      const view = viewChamber(chamberWires({ chamber, matrix: withDead }));
      const { faults } = judgeChamber(view, scores, thresholds);
      expect(faults.filter(({ kind }) => kind === 'weak-superlayer').map(({ layers }) => layers)).toEqual([
        fault.layers,
      ]);
    }
  });

  it('are those of a slope, in words that say where it lacks most', () => {
    const { fault, faults } = casesOf('slope from 100 to 60 %', 3)[0]!;
    const [named] = faults.filter(({ layers }) => layers.includes(fault.layers[0]!));
    const falls = /falls from 100 % at wire \d+ to \d+ % at wire \d+/;
    const rises = /rises from \d+ % at wire \d+ to 100 % at wire \d+/;
    // Of the truth it is the fault that rises where the counts fall.
    expect(named!.note).toMatch(fault.slope === 'rises' ? falls : rises);
  });
});

describe('layers that the network did not call bad', () => {
  it('are of the fault of their superlayer, and bad, where they lack the same', () => {
    for (const { fault, faults, verdicts } of casesOf('theta superlayer at 70 %', 3, 200, [2])) {
      expect(faults.filter(({ kind }) => kind === 'weak-superlayer').map(({ layers }) => layers)).toEqual([
        fault.layers,
      ]);
      for (const layer of fault.layers) expect(verdicts[layer - 1]).toBe('bad');
    }
  });

  it('are left alone where their siblings have a fault of their own', () => {
    for (const { fault, faults, verdicts } of casesOf('half layer at 80 %', 3)) {
      expect(verdicts.filter((verdict) => verdict === 'bad')).toHaveLength(1);
      const layers = faults.filter(({ kind }) => !kind.includes('cell')).flatMap((own) => own.layers);
      expect(layers).toEqual(fault.layers);
    }
  });

  it('are bad in a chamber that has sunk below its past as a whole', () => {
    const { faults, verdicts } = judgeSunk();
    const named = faults.filter(({ kind }) => kind !== 'dead-cells');
    expect(named.map(({ kind, layers }) => [kind, layers.length])).toEqual([['weak-chamber', 12]]);
    expect(new Set(verdicts)).toEqual(new Set(['bad']));
    expect(Math.abs(faults[0]!.ratio! - 0.8)).toBeLessThan(0.08);
  });
});

/** As the network judges it where it calls two layers bad. */
function judgeSunk() {
  const healthy = counted(7, 7, 200);
  const history = [counted(8, 7, 200), counted(9, 7, 200)];
  const sunk = healthy.map((row) => row.map((hits) => (hits > 0 ? Math.round(0.8 * hits) : hits)));
  const wires = chamberWires({ chamber, matrix: sunk, history, exposures: [1, 1] });
  const scores = sunk.map((_, row) => (row === 2 || row === 7 ? 0.9 : 0.2));
  return judgeChamber(viewChamber(wires), scores, thresholds);
}
