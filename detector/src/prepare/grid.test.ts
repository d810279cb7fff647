import { noWire } from '@dtdqm/contract';
import { expect, it } from 'vitest';
import { columnsOf as sumsByColumn } from '../features/profile.ts';
import { byColumn } from '../features/siblings.ts';
import { chamberWires } from './chamberWires.ts';
import { atWires, inOwnColumns, onColumns } from './grid.ts';

const chamber = { wheel: 0, station: 4, sector: 9 } as const;

/** Twelve rows from texts: `.` is a wire, anything else is none. Rows that are not given hold no wire. */
function wiresOf(...rows: string[]) {
  const width = Math.max(...rows.map((row) => row.length));
  const matrix = Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: width }, (_, column) => (rows[row]?.[column] === '.' ? 100 + column : noWire)),
  );
  return chamberWires({ chamber, matrix });
}

const columnsOf = (...rows: string[]) => wiresOf(...rows).grids[0]?.columns.map((own) => [...own]);

it('puts what stands in one column of the histogram into one column of the grid', () => {
  const grid = wiresOf('... ', '....', '... ', ' ...').grids[0]!;
  expect(grid.columns.map((own) => [...own])).toEqual([
    [0, 1, 2],
    [0, 1, 2, 3],
    [0, 1, 2],
    [1, 2, 3],
  ]);
  // The nearest wire stands in where a layer has none, and only there.
  expect(grid.nearest.map((own) => [...own])).toEqual([
    [0, 1, 2, 2],
    [0, 1, 2, 3],
    [0, 1, 2, 2],
    [0, 0, 1, 2],
  ]);
  expect([...grid.missing]).toEqual([0b1000, 0, 0, 0b0101]);
});

it('leaves out columns that hold no wire of the superlayer, wherever a server has them', () => {
  const plain = columnsOf('... ', '....', '... ', ' ...');
  expect(columnsOf('  .  .. ', '  .  ...', '  .  .. ', '     ...')).toEqual(plain);
});

it('passes over a wire that is missing in the middle', () => {
  const grid = wiresOf('.....', '.. ..', '.....', ' ....').grids[0]!;
  expect([...grid.columns[1]]).toEqual([0, 1, 3, 4]);
  expect([...grid.nearest[1]]).toEqual([0, 1, 1, 2, 3]);
  expect([...grid.missing]).toEqual([0b1000, 0, 0b0010, 0, 0]);
});

it('moves the fourth layer of a left-aligned recording to where it stands, and names its wires by their columns all the same', () => {
  const { grids, columns } = wiresOf('... ', '....', '....', '... ');
  expect([...grids[0]!.columns[3]]).toEqual([1, 2, 3]);
  expect([...columns[3]!]).toEqual([0, 1, 2]);
});

it.each([
  ['one layer begins later', ['....', ' ...', '....', '... ']],
  ['one layer has a gap', ['....', '. ..', '....', '... ']],
  ['the fourth layer lacks two wires', ['....', '....', '....', '..  ']],
  ['the fourth layer is as long as the third', ['....', '....', '... ', '... ']],
] as const)('takes a matrix as it is where %s', (_, rows) => {
  expect(columnsOf(...rows)![3]![0]).toBe(0);
});

it('puts the wires of a left-aligned recording into their own columns, and leaves any other matrix as it is', () => {
  const rows = (...texts: string[]) =>
    Array.from({ length: 12 }, (_, row) =>
      Array.from({ length: 4 }, (_, column) => (texts[row]?.[column] === '.' ? 7 : noWire)),
    );
  const own = rows('... ', '....', '....', ' ...');
  expect(inOwnColumns(rows('... ', '....', '....', '... '))).toEqual(own);
  expect(inOwnColumns(own)).toBe(own);
});

it('has no grid where more than one layer is missing', () => {
  expect(wiresOf('....', '....', '', ' ...').grids[0]).not.toBeNull();
  expect(wiresOf('....', '....', '', '').grids[0]).toBeNull();
});

it('takes values to columns and back; what is added to columns is the transpose of what is read at wires', () => {
  const grid = wiresOf('.....', '.. ..', '.....', ' ....').grids[0]!;
  const values = Float64Array.of(1, 2, 3, 4);
  expect([...onColumns(values, grid, 1)]).toEqual([1, 2, 2, 3, 4]);
  expect([...atWires(onColumns(values, grid, 1), grid, 1)]).toEqual([...values]);
});

it('adds up columns from the layers that have a wire there, scaled to four: what stands in for a wire is not counted', () => {
  const grid = wiresOf('... ', '....', '... ', ' ...').grids[0]!;
  const [a, b, c, d] = [[10, 20, 30], [10, 20, 30, 40], [10, 20, 30], [24, 30, 40]].map((hits) => Float64Array.from(hits)); // prettier-ignore
  const sums = sumsByColumn(byColumn([a!, b!, c!, d!], grid), grid);
  expect([...sums]).toEqual([(4 * 30) / 3, 84, 120, (4 * 80) / 2]);
});

it('compares wires with the same wires of runs that were recorded otherwise', () => {
  const now = ['....', '....', '....', ' ...'].map((row) => row.padEnd(6));
  const rows = (texts: readonly string[]) =>
    Array.from({ length: 12 }, (_, row) =>
      Array.from({ length: 6 }, (_, column) => (texts[row]?.[column] === '.' ? 10 * (column + 1) : noWire)),
    );
  const leftAligned = rows(['....', '....', '....', '...']);
  const wider = rows(['.....', '....', '....', ' ...']);
  const withoutOne = rows(['. ..', '....', '....', ' ...']);
  const { history } = chamberWires({
    chamber,
    matrix: rows(now),
    history: [leftAligned, wider, withoutOne],
  });
  expect(history.map((past) => past[0] && [...past[0]])).toEqual([[10, 20, 30, 40], [10, 20, 30, 40], null]);
  expect(history.map((past) => past[3] && [...past[3]])).toEqual([
    [10, 20, 30],
    [20, 30, 40],
    [20, 30, 40],
  ]);
});
