import { layersPerSuperlayer, rowsPerChamber, superlayers } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { columnOf, halfOf, halves, middleOf, type Counts, type Layout } from './counts.ts';

/** Wires that fail together: of half a layer, a layer, a front-end board (neighbouring columns of a superlayer), a superlayer, a chamber. */
export interface Unit {
  /** Of layers 1..12 at 0..11. */
  readonly rows: readonly number[];
  /** Columns of the histogram from 0, both included; null where whole layers are meant. */
  readonly columns: readonly [first: number, last: number] | null;
}

/** A unit with its half layers. */
interface PlacedUnit {
  readonly unit: Unit;
  readonly halves: readonly number[];
}

interface Units {
  /** Layers with wires of superlayers 0..2. */
  readonly rows: readonly (readonly number[])[];
  /** Columns of superlayers 0..2, from that of the histogram at 0 to the last one with a wire. */
  readonly widths: readonly number[];
  /** Layers that have a wire in each column, of superlayers 0..2. */
  readonly layersAt: readonly (readonly number[])[];
  readonly layers: readonly PlacedUnit[];
  readonly superlayers: readonly PlacedUnit[];
}

const unitsOfLayouts = new WeakMap<Layout, Units>();

/** All units but boards, which are searched for at every column. */
export function unitsOf(layout: Layout): Units {
  const known = unitsOfLayouts.get(layout);
  if (known !== undefined) return known;
  const place = (unit: Unit): PlacedUnit => ({ unit, halves: placesOf(unit, layout) });
  const rows = superlayers.map((_, superlayer) =>
    Array.from(
      { length: layersPerSuperlayer },
      (_, layer) => layersPerSuperlayer * superlayer + layer,
    ).filter((row) => layout.wires[row] !== null),
  );
  const layers = layout.wires.flatMap((wires, row): Unit[] => {
    if (wires === null) return [];
    const middle = middleOf(wires);
    return [
      { rows: [row], columns: null },
      { rows: [row], columns: [wires[0], middle] },
      { rows: [row], columns: [middle + 1, wires[1]] },
    ];
  });
  const whole = rows.filter((own) => own.length > 1).map((own): Unit => ({ rows: own, columns: null }));
  const layersAt = rows.map((own) =>
    Array.from({ length: layout.width }, (_, column) =>
      sumOf(own, (row) => (column >= layout.wires[row]![0] && column <= layout.wires[row]![1] ? 1 : 0)),
    ),
  );
  const widths = rows.map((own) => 1 + Math.max(-1, ...own.map((row) => layout.wires[row]![1])));
  const units = { rows, widths, layersAt, layers: layers.map(place), superlayers: whole.map(place) };
  unitsOfLayouts.set(layout, units);
  return units;
}

export const chamberUnit = ({ wires }: Layout): Unit => ({
  rows: Array.from({ length: rowsPerChamber }, (_, row) => row).filter((row) => wires[row] !== null),
  columns: null,
});

export const superlayerOf = (row: number): number => Math.floor(row / layersPerSuperlayer);

export const isChamber = ({ rows, columns }: Unit, { wires }: Layout): boolean =>
  columns === null && rows.length === wires.filter((row) => row !== null).length;

/** Boards are counted by their columns, all else by half layers. */
export const isBoard = ({ rows, columns }: Unit): boolean => columns !== null && rows.length > 1;

/** Where the counts of a unit stand in `Counts`. */
export function placesOf(unit: Unit, { wires, width }: Layout): number[] {
  const { rows, columns } = unit;
  if (columns === null) return rows.flatMap((row) => [halfOf(row, 0), halfOf(row, 1)]);
  const [first, last] = columns;
  if (!isBoard(unit)) return [halfOf(rows[0]!, first > middleOf(wires[rows[0]!]!) ? 1 : 0)];
  const superlayer = superlayerOf(rows[0]!);
  return Array.from({ length: last - first + 1 }, (_, index) => columnOf(superlayer, first + index, width));
}

export function sumAt(counts: Counts, places: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < places.length; index++) sum += counts[places[index]!]!;
  return sum;
}

/**
 * Gives a unit the hits that it would have had, in its half layers and in the columns that they share, so that all others are compared
 * with a healthy chamber and nothing learns the loss as normal.
 *
 * @param level hits of healthy wires in `counts` over those in `usual`.
 */
export function fillIn(counts: Counts, unit: Unit, layout: Layout, usual: Counts, level: number): void {
  const { wires, width } = layout;
  const places = placesOf(unit, layout);
  if (isBoard(unit)) {
    for (const place of places) {
      const missing = level * usual[place]! - counts[place]!;
      counts[place]! += missing;
      const column = (place - halves) % width;
      for (const row of unit.rows) {
        counts[halfOf(row, column > middleOf(wires[row]!) ? 1 : 0)]! += missing / unit.rows.length;
      }
    }
  } else {
    for (const half of places) {
      const missing = level * usual[half]! - counts[half]!;
      counts[half]! += missing;
      const row = half >> 1;
      const [from, to] = wires[row]!;
      const middle = middleOf([from, to]);
      const [first, last] = half % 2 === 0 ? [from, middle] : [middle + 1, to];
      const start = columnOf(superlayerOf(row), 0, width);
      let shared = 0;
      for (let column = first; column <= last; column++) shared += usual[start + column]!;
      for (let column = first; column <= last && shared > 0; column++) {
        counts[start + column]! += (missing * usual[start + column]!) / shared;
      }
    }
  }
  for (let index = 0; index < counts.length; index++) if (counts[index]! < 0) counts[index] = 0;
}

/**
 * Hits in one time over those in another, as the healthy wires beside a unit tell: columns of its superlayer for a board, half layers for
 * all else. Null where none is left, or none is known.
 *
 * @param lost units that tell nothing, this one included.
 */
export function levelWithout(
  after: Counts,
  before: Counts,
  lost: readonly Unit[],
  unit: Unit,
  layout: Layout,
): number | null {
  const isOfBoard = isBoard(unit);
  const start = isOfBoard ? columnOf(superlayerOf(unit.rows[0]!), 0, layout.width) : 0;
  const end = isOfBoard ? start + layout.width : halves;
  const without = new Set<number>();
  for (const other of lost) {
    if (isBoard(other) === isOfBoard) for (const place of placesOf(other, layout)) without.add(place);
  }
  let now = 0;
  let then = 0;
  for (let place = start; place < end; place++) {
    if (without.has(place)) continue;
    now += after[place]!;
    then += before[place]!;
  }
  return then > 0 ? now / then : null;
}
