import { layersOf, noWire, rowsPerChamber, type ChamberId } from '@dtdqm/contract';
import type { WholeExpectation } from '../run/expectWhole.ts';
import { zeros } from './arrayPool.ts';

/** Hits of the wires of layers 1..12 at index 0..11, without the cells that hold no wire; null where there is no layer. */
export type LayerWires = readonly (Float64Array | null)[];

/**
 * A chamber without its -1 cells: all that preprocessing and saliency work on. Hits may be fractional or negative
 * here, since saliency moves them about; that is why "no wire" is a missing cell and not a value.
 */
export interface ChamberWires {
  readonly chamber: ChamberId;
  readonly layers: LayerWires;
  /** The same chamber in good runs before, newest first; may be empty. */
  readonly history: readonly LayerWires[];
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

/** Drops the -1 cells. A layer that the station has not, or whose row holds no wire, becomes null. */
export function chamberWires({
  chamber,
  matrix,
  history = [],
  exposures,
  expected,
}: ChamberCells): ChamberWires {
  const rows = layersOf(chamber.station).map((layer) => layer - 1);
  return {
    chamber,
    layers: clean(matrix, rows),
    history: history.map((past) => clean(past, rows)),
    exposures,
    expected,
  };
}

function clean(cells: Cells, rows: readonly number[]): LayerWires {
  const layers = new Array<Float64Array | null>(rowsPerChamber).fill(null);
  for (const index of rows) {
    const row = cells[index] ?? [];
    let wires = 0;
    for (let cell = 0; cell < row.length; cell++) if (row[cell] !== noWire) wires++;
    if (wires === 0) continue;
    const hits = zeros(wires);
    let wire = 0;
    for (let cell = 0; cell < row.length; cell++) if (row[cell] !== noWire) hits[wire++] = row[cell]!;
    layers[index] = hits;
  }
  return layers;
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
