import { noScore, noWire, type ChamberId } from '@dtdqm/contract';
import { expect, test } from 'vitest';
import { chamberWires } from '../prepare/chamberWires.ts';
import { doubtMissingWires } from './missingWires.ts';

const mb2: ChamberId = { wheel: 1, station: 2, sector: 4 };
const mb4: ChamberId = { wheel: 0, station: 4, sector: 4 };
const [phi, theta] = [60, 57];

/** All wires count 20; `without` takes some away. */
function matrixOf(without: (layer: number, wire: number) => boolean = () => false): number[][] {
  return Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: phi }, (_, x) => {
      // Outer layers of the real superlayers have a wire less.
      const wires = (row >> 2 === 1 ? theta : phi) - (row % 4 === 3 ? 1 : 0);
      return x >= wires || without(row + 1, x + 1) ? noWire : 20;
    }),
  );
}

/** Layers in doubt and why, of a chamber whose layers are good where they have wires. */
function doubted(chamber: ChamberId, matrix: number[][], history?: number[][][]) {
  const wires = chamberWires({ chamber, matrix, ...(history ? { history } : {}) });
  const scores = wires.layers.map((layer) => (layer ? 0.1 : noScore));
  const verdicts = scores.map((score) => (score === noScore ? null : ('good' as const)));
  const judged = doubtMissingWires(wires, { scores, verdicts, faults: [] });
  const unknown = judged.verdicts.flatMap((verdict, row) => (verdict === 'unknown' ? row + 1 : []));
  expect(judged.faults.flatMap(({ layers }) => layers)).toEqual(unknown);
  return { unknown, note: judged.faults[0]?.note };
}

test('a chamber with all its wires is in no doubt; nor are theta layers that MB4 has not', () => {
  expect(doubted(mb2, matrixOf())).toEqual({ unknown: [], note: undefined });
  expect(
    doubted(
      mb4,
      matrixOf((layer) => layer > 4 && layer < 9),
    ).unknown,
  ).toEqual([]);
  expect(doubted(mb4, matrixOf()).unknown).toEqual([]);
});

test('a layer, a superlayer or a chamber without any wire is not known to be good', () => {
  expect(
    doubted(
      mb2,
      matrixOf((layer) => layer === 3),
    ),
  ).toEqual({
    unknown: [3],
    note: 'the histogram shows 0 of 60 wires of layer 3: what the rest counts is not known',
  });
  expect(
    doubted(
      mb2,
      matrixOf((layer) => layer > 4 && layer < 9),
    ).unknown,
  ).toEqual([5, 6, 7, 8]);
  expect(
    doubted(
      mb2,
      matrixOf(() => true),
    ),
  ).toEqual({
    unknown: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    note: 'the histogram shows no wire of the chamber',
  });
});

test('nor is a layer that lacks a board of wires, within or at its end, by what layers alike have', () => {
  const gap = (layer: number, wire: number) => layer === 6 && wire > 20 && wire <= 24;
  expect(doubted(mb2, matrixOf(gap)).unknown).toEqual([6]);
  const end = (layer: number, wire: number) => layer <= 4 && wire > 44;
  expect(doubted(mb2, matrixOf(end)).unknown).toEqual([1, 2, 3, 4]);
  expect(
    doubted(
      mb2,
      matrixOf((layer, wire) => layer === 6 && wire > 55),
    ).unknown,
  ).toEqual([]);
});

test('nor is one that had more wires in good runs before, wherever its siblings lack as many', () => {
  const half = matrixOf((_, wire) => wire > 30);
  expect(doubted(mb2, half).unknown).toEqual([]);
  expect(doubted(mb2, half, [half, matrixOf()])).toEqual({
    unknown: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    note: 'the histogram shows 30 of 60 wires of layer 1, and too few of 11 more: what the rest counts is not known',
  });
  // What there is more of now was missing then.
  expect(doubted(mb2, matrixOf(), [half]).unknown).toEqual([]);
});

test('what is bad stays bad', () => {
  const wires = chamberWires({ chamber: mb2, matrix: matrixOf((layer, wire) => layer === 2 && wire > 40) });
  const verdicts = wires.layers.map((_, row) => (row === 1 ? ('bad' as const) : ('good' as const)));
  const judged = { scores: verdicts.map(() => 0.9), verdicts, faults: [] };
  expect(doubtMissingWires(wires, judged)).toEqual(judged);
});
