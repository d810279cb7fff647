import { layersOf, noWire, rowsPerChamber, superlayers, type ChamberId } from '@dtdqm/contract';
import type { WholeExpectation } from '../run/expectWhole.ts';
import { zeros } from './arrayPool.ts';
import { columnsOfRow, gridOf, truePlaces, type Columns, type Grid, type LayerColumns } from './grid.ts';

/** Hits of the wires of layers 1..12 at index 0..11, without the cells that hold no wire; null where there is no layer. */
export type LayerWires = readonly (Float64Array | null)[];

/**
 * A chamber without its -1 cells: all that preprocessing and saliency work on. Hits may be fractional or negative
 * here, since saliency moves them about; that is why "no wire" is a missing cell and not a value.
 */
export interface ChamberWires {
  readonly chamber: ChamberId;
  readonly layers: LayerWires;
  /** Columns of the histogram, from 0, in which these wires stand: what they are named by. */
  readonly columns: LayerColumns;
  /** How the layers of superlayers 1..3, at index 0..2, stand to each other; null where no layer can be compared. */
  readonly grids: readonly (Grid | null)[];
  /** The same wires in good runs before, newest first; may be empty. Null where that run had not all wires of the layer. */
  readonly history: readonly LayerWires[];
  /** Most wires of layers 1..12 in those runs, where one had others than this one has. */
  readonly wiresBefore?: readonly number[] | undefined;
  /** See {@link ChamberCells}. */
  readonly exposures?: readonly number[] | undefined;
  readonly expected?: readonly WholeExpectation[] | undefined;
  /**
   * Set on variations of a chamber: whatever is estimated from the chamber as a whole (scatter, widths of smoothing, weights of a
   * fit, scale of the history) is to be that of this one, so that only what the wires themselves say varies.
   */
  readonly estimatesOf?: ChamberWires;
}

/** Rows 1..12 of a histogram; numbers in whatever array they came in. */
export type Cells = readonly ArrayLike<number>[];

export interface ChamberCells {
  readonly chamber: ChamberId;
  readonly matrix: Cells;
  readonly history?: readonly Cells[];
  /**
   * Length of each run of the history over that of this run, as the hits of other chambers tell; one for each matrix.
   * Without it a chamber is compared with its past by shape alone, as a run may be short.
   */
  readonly exposures?: readonly number[] | undefined;
  /** What others let expect of the chamber as a whole; nobody knows when empty or absent. */
  readonly expected?: readonly WholeExpectation[] | undefined;
}

/** Drops the -1 cells, and keeps where the others stand. A layer that the station has not, or whose row holds no wire, becomes null. */
export function chamberWires({
  chamber,
  matrix,
  history = [],
  exposures,
  expected,
}: ChamberCells): ChamberWires {
  const rows = layersOf(chamber.station).map((layer) => layer - 1);
  const columns = columnsOf(matrix, rows);
  const places = truePlaces(columns);
  // Of runs before, null where the wires stand in the same columns.
  const others = history.map((past) => (hasItsWiresAt(columns, past) ? null : columnsOf(past, rows)));
  return {
    chamber,
    layers: columns.map((own, row) => own && hitsIn(matrix[row]!, own)),
    columns,
    grids: superlayers.map((_, superlayer) => gridOf(places, superlayer)),
    history: history.map((past, index) => {
      const other = others[index];
      return other
        ? sameWires(past, other, places)
        : columns.map((own, row) => own && hitsIn(past[row]!, own));
    }),
    wiresBefore: others.every((other) => other === null)
      ? undefined
      : columns.map((_, row) => Math.max(...others.map((other) => other?.[row]?.length ?? 0))),
    exposures,
    expected,
  };
}

function columnsOf(cells: Cells, rows: readonly number[]): LayerColumns {
  const columns = new Array<Columns | null>(rowsPerChamber).fill(null);
  for (const row of rows) {
    const own = columnsOfRow(cells[row] ?? []);
    if (own.length > 0) columns[row] = own;
  }
  return columns;
}

function hitsIn(row: ArrayLike<number>, columns: Columns): Float64Array {
  const hits = zeros(columns.length);
  for (let wire = 0; wire < hits.length; wire++) hits[wire] = row[columns[wire]!]!;
  return hits;
}

/** Whether another run has its wires in the same columns, as nearly all have. */
function hasItsWiresAt(columns: LayerColumns, cells: Cells): boolean {
  return columns.every((own, index) => {
    if (!own) return true;
    const row = cells[index] ?? [];
    let wire = 0;
    for (let column = 0; column < row.length; column++) {
      if (row[column] !== noWire && own[wire++] !== column) return false;
    }
    return wire === own.length;
  });
}

/** Hits of the wires that stand at `places`, in another run; null where it has not all of a layer's. */
function sameWires(cells: Cells, columns: LayerColumns, places: LayerColumns): LayerWires {
  const there = truePlaces(columns);
  return places.map((wanted, row) => {
    const own = there[row];
    if (!wanted || !own) return null;
    const hits = zeros(wanted.length);
    let at = 0;
    for (let wire = 0; wire < wanted.length; wire++) {
      while (own[at]! < wanted[wire]!) at++;
      if (own[at] !== wanted[wire]) return null;
      hits[wire] = cells[row]![columns[row]![at]!]!;
    }
    return hits;
  });
}

/**
 * Puts one value per wire back where the wires stand in the matrix; -1 where there is no wire.
 *
 * @param cells the matrix that {@link chamberWires} was given.
 * @param values as `layers` of its result.
 */
export function onMatrix(cells: Cells, values: LayerWires): number[][] {
  return cells.map((row, index) => {
    const layer = values[index];
    let wire = 0;
    return Array.from(row, (hits) => (hits === noWire || !layer ? noWire : layer[wire++]!));
  });
}
