import { isRegion, layersOf, noWire, type ChamberId, type Matrix, type Station } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { drawMeasured, injectIntoCounts, measuredFaults, simulateChamber } from '@dtdqm/simulator/detector';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { defaultModelFolder } from '../model/modelFolder.ts';
import type { ScoreOptions, ScorerInput } from '../scorer.ts';
import { scoreChambers } from '../scoreChambers.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { noisyWires } from '../testing/index.ts';
import { chamberLevel } from './levels.ts';
import { noiseOf } from './noise.ts';

let model: LoadedModel;
beforeAll(async () => {
  await selectBackend('wasm');
  model = await loadModel(await defaultModelFolder());
});

const chamberAt = (station: Station): ChamberId => ({ wheel: 1, station, sector: 5 });
const count = (chamber: ChamberId, runSeed: number, lumisections = 300) =>
  simulateChamber({ chamber, buildSeed: chamber.station, runSeed, lumisections }).matrix;
const withPast = (chamber: ChamberId, matrix: Matrix): ScorerInput => ({
  chamber,
  matrix,
  history: [1, 2, 3].map((run) => count(chamber, run)),
  exposures: [1, 1, 1],
});
const judge = (chambers: readonly ScorerInput[], options: ScoreOptions = {}) =>
  scoreChambers(model, chambers, { saliency: false, ...options });
const judgeOne = (chamber: ScorerInput, options?: ScoreOptions) => judge([chamber], options)[0]!;

describe('what is noisy makes no other part of the chamber look weak:', () => {
  it.each([
    ['four wires of a layer', [3], 4],
    ['sixteen wires of a layer', [10], 16],
    ['half a layer', [6], 30],
    ['a board', [1, 2, 3, 4], 5],
    ['a board of the theta superlayer', [5, 6, 7, 8], 5],
    ['a board in two of its layers', [9, 10], 5],
    ['half a superlayer', [1, 2, 3, 4], 24],
  ] as const)('%s', (_, layers, wires) => {
    const chambers = ([1, 2, 3] as const).flatMap((station) =>
      [10, 100].flatMap((factor) => {
        const chamber = chamberAt(station);
        const matrix = noisyWires(count(chamber, 9), { layers, wires, factor });
        return [{ chamber, matrix }, withPast(chamber, matrix)];
      }),
    );
    judge(chambers).forEach(({ verdicts, faults }, index) => {
      const { station } = chambers[index]!.chamber;
      expect(layersOf(station).filter((layer) => verdicts[layer - 1] === 'bad')).toEqual([]);
      expect(faults.filter(isRegion).map(({ kind }) => kind)).toEqual(['noisy-region']);
    });
  });
});

describe('a noisy board', () => {
  it.each([3, 10, 100])('that counts %i times too much is named once, in its layers and wires', (factor) => {
    for (const station of [1, 2, 3, 4] as const) {
      const chamber = chamberAt(station);
      const matrix = noisyWires(count(chamber, 9), { layers: [1, 2, 3, 4], wires: 5, factor });
      for (const input of [{ chamber, matrix }, withPast(chamber, matrix)]) {
        const { faults } = judgeOne(input);
        const noisy = faults.filter(({ kind }) => kind === 'noisy-region');
        expect(noisy).toMatchObject([{ layers: [1, 2, 3, 4], wires: { first: 21, last: 25 } }]);
        expect(noisy[0]!.ratio).toBeGreaterThan(0.7 * factor);
        expect(noisy[0]!.ratio).toBeLessThan(1.5 * factor);
      }
    }
  });

  it('makes its layers bad where what counts too much is to be bad', () => {
    const chamber = chamberAt(2);
    const matrix = noisyWires(count(chamber, 9), { layers: [5, 6, 7, 8], wires: 5, factor: 10 });
    const { verdicts } = judgeOne({ chamber, matrix }, { hotIsBad: true });
    expect(verdicts).toEqual(Array.from({ length: 12 }, (_, row) => (row >> 2 === 1 ? 'bad' : 'good')));
  });

  it('does not hide what lacks in its layers', () => {
    const chamber = chamberAt(2);
    const noisy = noisyWires(count(chamber, 9), { layers: [1, 2, 3, 4], wires: 5, factor: 30 });
    const matrix = noisy.map((row, index) =>
      index === 2 ? row.map((hits, column) => (hits === noWire || column < 30 ? hits : 0)) : row,
    );
    const { verdicts, faults } = judgeOne(withPast(chamber, matrix));
    expect(verdicts.flatMap((verdict, row) => (verdict === 'bad' ? [row + 1] : []))).toEqual([3]);
    expect(faults.some(({ kind, layers }) => kind !== 'noisy-region' && layers.join() === '3')).toBe(true);
    expect(faults.some(({ kind }) => kind === 'noisy-region')).toBe(true);
  });
});

describe('a superlayer that counts too much as a whole', () => {
  const chamber = chamberAt(2);
  const healthy = count(chamber, 9);
  const times = (factor: number, ...rows: number[]) =>
    healthy.map((row, index) =>
      rows.includes(index >> 2) ? row.map((hits) => (hits > 0 ? Math.round(factor * hits) : hits)) : row,
    );
  const expected = [
    { level: chamberLevel(chamber, chamberWires({ chamber, matrix: healthy }).layers), spread: 0.1, from: 'other-chambers', count: 49 } as const, // prettier-ignore
  ];
  const isBad = ({ verdicts }: { verdicts: readonly unknown[] }) =>
    [0, 1, 2].filter((index) => verdicts[4 * index] === 'bad');

  it.each([2, 3, 30])('is named, and makes no other look weak: %i times', (factor) => {
    const input = { chamber, matrix: times(factor, 1), expected };
    for (const each of [input, { ...withPast(chamber, input.matrix), expected }]) {
      const judged = judgeOne(each);
      expect(isBad(judged)).toEqual([]);
      const hot = judged.faults.filter(({ kind }) => kind === 'hot-layer');
      expect(hot).toMatchObject([{ layers: [5, 6, 7, 8], wires: { first: 1, last: 57 } }]);
      expect(Math.abs(hot[0]!.ratio! / factor - 1)).toBeLessThan(0.25);
      expect(isBad(judgeOne(each, { hotIsBad: true }))).toEqual([1]);
    }
  });

  it('is not told where the others lack, or where nobody says what to expect', () => {
    for (const input of [
      { chamber, matrix: times(0.4, 0, 2), expected },
      { chamber, matrix: times(3, 1) },
    ]) {
      const judged = judgeOne(input);
      expect(isBad(judged)).toEqual([0, 2]);
      expect(judged.faults.filter(({ kind }) => kind === 'hot-layer')).toEqual([]);
    }
  });
});

describe('healthy wires are no noise', () => {
  it.each([
    '16 dead wires in all layers',
    '8 dead wires in four layers',
    'dead superlayer',
    'dead half',
    'superlayer at 50 %',
  ])('beside: %s', (name) => {
    const fault = measuredFaults.find((each) => each.name === name)!;
    const chambers = Array.from({ length: 60 }, (_, seed) => {
      const chamber = chamberAt(((seed % 4) + 1) as Station);
      const random = randomOf(name, seed);
      const matrix = injectIntoCounts(
        count(chamber, seed),
        drawMeasured(fault, chamber, random) ?? drawMeasured(measuredFaults[0]!, chamber, random)!,
        random,
      );
      return { chamber, matrix };
    });
    const noisy = judge(chambers).flatMap(({ faults }) =>
      faults.filter(({ kind }) => kind === 'noisy-region'),
    );
    expect(noisy).toEqual([]);
  });

  it('beside a superlayer most of whose columns are dead', () => {
    const chambers = ([1, 2, 3] as const).flatMap((station) =>
      [0.4, 0.6, 0.8].flatMap((share) =>
        [0, 4, 8].map((first): ScorerInput => {
          const chamber = chamberAt(station);
          const matrix = count(chamber, 9).map((row, index) =>
            index < first || index >= first + 4
              ? row
              : row.map((hits, column) => (hits > 0 && column % 57 < share * 57 ? 0 : hits)),
          );
          return { chamber, matrix };
        }),
      ),
    );
    expect(
      judge(chambers).flatMap(({ faults }) => faults.filter(({ kind }) => kind === 'noisy-region')),
    ).toEqual([]);
  });

  it('where they count more and more towards the edge', () => {
    const chamber = chamberAt(1);
    const matrix = count(chamber, 9).map((row, index) =>
      row.map((hits, column) =>
        index >> 2 === 1 && hits > 0 ? Math.round(hits * (1 + 3 * Math.exp(-column / 8))) : hits,
      ),
    );
    expect(noiseOf(chamberWires({ chamber, matrix })).columns).toEqual([]);
  });

  it('in any healthy chamber, long run or short', () => {
    const chambers = Array.from({ length: 160 }, (_, seed) => {
      const chamber = {
        ...chamberAt(((seed % 4) + 1) as Station),
        wheel: ((seed % 5) - 2) as ChamberId['wheel'],
      };
      return { chamber, matrix: count(chamber, seed, [20, 100, 500, 2000][(seed >> 2) % 4]) };
    });
    const shared = judge(chambers).flatMap(({ faults }) =>
      faults.filter(({ kind, layers }) => kind === 'noisy-region' && layers.length > 1),
    );
    expect(shared).toEqual([]);
  });
});
