import { describe, expect, it } from 'vitest';
import { allChambers, formatChamber, layersOf, noWire } from '@dtdqm/contract';
import { injectedKinds, simulateChamber } from '@dtdqm/simulator/detector';
import { injectedFaulty, judgeKnown, simulatedFaulty, type StoredChamber } from './knownFaults.ts';

const stored: StoredChamber[] = allChambers.slice(0, 40).map((chamber, index) => {
  const count = (runSeed: number) =>
    simulateChamber({ chamber, buildSeed: 'site', runSeed, lumisections: 300 }).matrix;
  return {
    run: index % 8,
    input: { chamber, matrix: count(9), history: [count(1), count(2)], exposures: [1, 1] },
  };
});
const sum = (row: readonly number[]) => row.reduce((hits, cell) => hits + Math.max(0, cell), 0);

describe('faults injected into stored chambers', () => {
  const before = structuredClone(stored);
  const injected = injectedFaulty('gate', stored, 12);

  it('are of every kind that can be seen, in layers that are there, with the chamber and run that they are in', () => {
    const kinds = new Set(injected.map(({ kind }) => kind));
    expect(kinds.has('weak-layer, injected')).toBe(true);
    expect(kinds.has('front-end-board, injected')).toBe(true);
    expect(kinds.size).toBeGreaterThan(12);
    expect([...kinds].every((kind) => injectedKinds.some((known) => kind === `${known}, injected`))).toBe(
      true,
    );
    for (const { input, layers, place, run } of injected) {
      expect(place).toBe(formatChamber(input.chamber));
      expect(run).toBe(stored.find((each) => each.input.chamber === input.chamber)!.run);
      expect(layers.every((layer) => layersOf(input.chamber.station).includes(layer))).toBe(true);
      expect(layers.length).toBeGreaterThan(0);
    }
  });

  it('lack hits where they are, leave every other cell as it was counted, and change nothing that is stored', () => {
    for (const { input, layers, kind } of injected.filter(({ kind }) => kind === 'dead-layer, injected')) {
      const { matrix } = stored.find((each) => each.input.chamber === input.chamber)!.input;
      input.matrix.forEach((row, index) => {
        if (layers.includes(index + 1)) expect(sum(row), kind!).toBeLessThan(sum(matrix[index]!) / 10);
        else expect(row).toEqual(matrix[index]);
        expect(row.map((hits) => hits === noWire)).toEqual(matrix[index]!.map((hits) => hits === noWire));
      });
    }
    expect(stored).toEqual(before);
  });

  it('come with the past in one half of the chambers, and are the same each time', () => {
    const withPast = injected.filter(({ input }) => (input.history?.length ?? 0) > 0).length;
    expect(withPast).toBeGreaterThan(0.3 * injected.length);
    expect(withPast).toBeLessThan(0.7 * injected.length);
    expect(injectedFaulty('gate', stored, 12)).toEqual(injected);
  });
});

describe('judging chambers of which all is known', () => {
  it('gives each model the same layers in the same order, however many chambers there are', () => {
    const known = simulatedFaulty(20);
    expect(known.length).toBeGreaterThan(250);
    const judgedAs = (score: number, inputs: readonly unknown[]) =>
      inputs.map(() => ({
        scores: new Array<number>(12).fill(score),
        verdicts: new Array<'bad' | 'good'>(12).fill(score > 0.5 ? 'bad' : 'good'),
      }));
    const [low, high] = judgeKnown((inputs) => [0.1, 0.9].map((score) => judgedAs(score, inputs)), known);
    expect(low!.length).toBe(known.reduce((layers, chamber) => layers + chamber.layers.length, 0));
    expect(high!.map(({ run, place, kind }) => [run, place, kind])).toEqual(
      low!.map(({ run, place, kind }) => [run, place, kind]),
    );
    expect([low, high].map((layers) => layers!.filter(({ flagged }) => flagged).length)).toEqual([
      0,
      high!.length,
    ]);
  });
});
