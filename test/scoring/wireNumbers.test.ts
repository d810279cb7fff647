import {
  allChambers,
  layersOf,
  layersOfSuperlayer,
  noWire,
  superlayersOf,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import { createScorer, defaultModelFolder } from '@dtdqm/detector';
import { loadModel, scoreChambers, selectBackend, type LoadedModel } from '@dtdqm/detector/engine';
import { calibratedSpread, simulateChamber } from '@dtdqm/simulator/detector';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

let model: LoadedModel;
beforeAll(async () => {
  await selectBackend('wasm');
  model = await loadModel(await defaultModelFolder());
});

/** How the wires of a chamber may be laid out in a histogram. */
const alignments = {
  'as in real replies': (matrix: Matrix) => matrix,
  'behind three columns without wires': (matrix: Matrix) =>
    matrix.map((row) => [noWire, noWire, noWire, ...row]),
  'with padding of two columns at the right': (matrix: Matrix) =>
    matrix.map((row) => [...row, noWire, noWire]),
  'left-aligned, as in published pictures': (matrix: Matrix) =>
    matrix.map((row) => {
      const wires = row.filter((hits) => hits !== noWire);
      return [...wires, ...row.slice(wires.length).fill(noWire)];
    }),
} satisfies Record<string, (matrix: Matrix) => Matrix>;
const alignmentNames = Object.keys(alignments) as (keyof typeof alignments)[];

const judge = (chamber: ChamberId, matrix: Matrix, saliency = false) =>
  scoreChambers(model, [{ chamber, matrix }], { saliency })[0]!;

/** A chamber without single sick wires beside those that are made dead, with some 150 hits a wire, so that chance moves no end of a dead region. */
function healthy(chamber: ChamberId, seed: number): Matrix {
  const spread = { ...calibratedSpread, deadCells: 0, weakCells: 0, noisyCells: 0 };
  return simulateChamber({ chamber, buildSeed: seed, runSeed: seed, lumisections: 2500, spread }).matrix;
}

/** Takes the hits from columns `first..last`, from 1, of some layers. */
const dead = (matrix: Matrix, layers: readonly number[], first: number, last: number): Matrix =>
  matrix.map((row, index) =>
    layers.includes(index + 1)
      ? row.map((hits, x) => (hits !== noWire && x + 1 >= first && x + 1 <= last ? 0 : hits))
      : row,
  );

/** Columns, from 1, that hold a wire in all of these layers. */
function shared(matrix: Matrix, layers: readonly number[]): { first: number; last: number } {
  const has = (x: number) => layers.every((layer) => matrix[layer - 1]![x]! !== noWire);
  const columns = matrix[0]!.flatMap((_, x) => (has(x) ? [x + 1] : []));
  return { first: columns[0]!, last: columns.at(-1)! };
}

const chambers = fc.constantFrom(...allChambers);
const seeds = fc.integer({ min: 1, max: 1e6 });

describe('the wire of a fault is its column in the histogram', () => {
  it.each(alignmentNames)('for a dead region of every layer, %s', (alignment) => {
    fc.assert(
      fc.property(
        chambers,
        seeds,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 7, max: 16 }),
        (chamber, seed, ...at) => {
          const [pick, offset, width] = at;
          const layers = layersOf(chamber.station);
          const layer = layers[pick % layers.length]!;
          const matrix = alignments[alignment](healthy(chamber, seed));
          const { first: least, last: most } = shared(matrix, [layer]);
          const first = least + (offset % (most - least - width + 2));
          const last = first + width - 1;
          const { faults } = judge(chamber, dead(matrix, [layer], first, last));
          const found = faults.filter(
            (fault) => fault.layers.includes(layer) && fault.kind === 'dead-region',
          );
          expect(found.map(({ wires }) => wires)).toEqual([{ first, last }]);
        },
      ),
      { numRuns: 12 },
    );
  });

  it.each(alignmentNames.filter((name) => !name.startsWith('left')))(
    'for a front-end board, which is one fault at the same wires of all four layers, %s',
    (alignment) => {
      fc.assert(
        fc.property(chambers, seeds, fc.nat(), fc.nat(), (chamber, seed, pick, offset) => {
          const superlayers = superlayersOf(chamber.station);
          const layers = layersOfSuperlayer(superlayers[pick % superlayers.length]!);
          const matrix = alignments[alignment](healthy(chamber, seed));
          const { first: least, last: most } = shared(matrix, layers);
          const first = least + (offset % (most - least - 3));
          const wires = { first, last: first + 4 };
          const { faults } = judge(chamber, dead(matrix, layers, wires.first, wires.last));
          const found = faults.filter(({ layers: own }) => own.some((layer) => layers.includes(layer)));
          expect(found).toMatchObject([{ kind: 'front-end-board', layers, wires }]);
        }),
        { numRuns: 12 },
      );
    },
  );

  it('for a single dead wire', () => {
    const chamber = { wheel: 1, station: 2, sector: 5 } as const;
    for (const layer of layersOf(chamber.station)) {
      const { faults } = judge(chamber, dead(healthy(chamber, 4), [layer], 30, 30));
      expect(faults.find(({ kind, layers }) => kind === 'dead-cells' && layers[0] === layer)?.wires).toEqual({
        first: 30,
        last: 30,
      });
    }
  });
});

/** Puts a column without wires before each of some columns, 0 the first. */
const padded = <T>(row: readonly T[], before: readonly number[], none: T): T[] =>
  row.flatMap((cell, x) => [...before.filter((at) => at === x).map(() => none), cell]);

it('columns without wires change nothing but the numbers of the wires behind them', () => {
  const faulty = fc.constantFrom([] as number[], [4], [6], [1, 2, 3, 4], [9, 10, 11, 12]);
  const columns = fc.array(fc.nat({ max: 47 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(chambers, seeds, faulty, columns, (chamber, seed, layers, before) => {
      const matrix = dead(healthy(chamber, seed), layers, 20, 27);
      const plain = judge(chamber, matrix);
      const moved = judge(
        chamber,
        matrix.map((row) => padded(row, before, noWire)),
      );
      const number = (wire: number) => wire + before.filter((at) => at < wire).length;
      expect(moved.scores).toEqual(plain.scores);
      expect(moved.verdicts).toEqual(plain.verdicts);
      expect(moved.faults).toEqual(
        plain.faults.map(({ wires, ...rest }) => ({
          ...rest,
          wires: wires && { first: number(wires.first), last: number(wires.last) },
        })),
      );
    }),
    { numRuns: 25 },
  );
});

describe('a left-aligned recording', () => {
  it('is compared wire by wire as the same chamber in its columns is', () => {
    fc.assert(
      fc.property(chambers, seeds, fc.constantFrom([4], [6], [1, 2, 3, 4]), (chamber, seed, layers) => {
        const matrix = dead(healthy(chamber, seed), layers, 20, 27);
        const leftAligned = judge(chamber, alignments['left-aligned, as in published pictures'](matrix));
        expect(leftAligned.scores).toEqual(judge(chamber, matrix).scores);
      }),
      { numRuns: 12 },
    );
  });
});

it('reasons stand on wires alone: none on cells without wire, wherever those are', async () => {
  const scorer = await createScorer({ backend: 'wasm', threads: 1 });
  try {
    for (const alignment of alignmentNames) {
      const chamber = { wheel: -1, station: 1, sector: 2 } as const;
      const matrix = dead(alignments[alignment](healthy(chamber, 2)), [4, 5], 20, 27);
      const [judged] = await scorer.score([{ chamber, matrix }]);
      expect(judged!.saliency.map((row) => row.map((value) => value === noWire))).toEqual(
        matrix.map((row) => row.map((hits) => hits === noWire)),
      );
      // Nearly all of what speaks for or against the layer is on the wires that are dead.
      const reasons = judged!.saliency[3]!.map((value) => (value === noWire ? 0 : Math.abs(value)));
      expect(sum(reasons.slice(19, 27)) / sum(reasons)).toBeGreaterThan(0.9);
    }
  } finally {
    await scorer.close();
  }
});
