import { layersOf, noWire, rowsPerChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { ScorerInput } from '../scorer.ts';

/** Hits of the wires of layers 1..12 at index 0..11, without the cells that hold no wire; null where there is no layer. */
export type LayerWires = readonly (Float64Array | null)[];

/**
 * A chamber without its -1 cells: all that preprocessing and saliency work on. Hits may be fractional or negative
 * here, since saliency moves them about; that is why "no wire" is a missing cell and not a value.
 */
export interface ChamberWires {
  readonly chamber: ChamberId;
  readonly layers: LayerWires;
  /** The same chamber in recent good runs, newest first; may be empty. */
  readonly history: readonly LayerWires[];
}

/** Drops the -1 cells. A layer that the station has not, or whose row holds no wire, becomes null. */
export function chamberWires({ chamber, matrix, history = [] }: ScorerInput): ChamberWires {
  const rows = layersOf(chamber.station).map((layer) => layer - 1);
  const clean = (cells: Matrix): LayerWires =>
    Array.from({ length: rowsPerChamber }, (_, row) =>
      rows.includes(row) ? wiresOfRow(cells[row] ?? []) : null,
    );
  return { chamber, layers: clean(matrix), history: history.map(clean) };
}

function wiresOfRow(row: readonly number[]): Float64Array | null {
  const hits = row.filter((value) => value !== noWire);
  return hits.length > 0 ? Float64Array.from(hits) : null;
}

/**
 * Puts one value per wire back where the wires stand in the matrix; -1 where there is no wire.
 *
 * @param matrix the matrix that {@link chamberWires} was given.
 * @param values as `layers` of its result.
 */
export function onMatrix(matrix: Matrix, values: LayerWires): number[][] {
  return matrix.map((row, index) => {
    const layer = values[index];
    let wire = 0;
    return row.map((hits) => (hits === noWire || !layer ? noWire : (layer[wire++] ?? noWire)));
  });
}
