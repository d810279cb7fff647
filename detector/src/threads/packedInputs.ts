import { rowsPerChamber, type ChamberId } from '@dtdqm/contract';
import type { Cells, ChamberCells } from '../prepare/chamberWires.ts';
import type { ScorerInput } from '../scorer.ts';

/**
 * Chambers on their way to a thread: all cells in one array that is handed over, not copied. Cloning a run cell by cell
 * takes longer than scoring it.
 */
export interface PackedInputs {
  readonly chambers: readonly ChamberId[];
  /** Cells a row of each matrix: for each chamber the one to be judged, then its history. */
  readonly widths: readonly (readonly number[])[];
  readonly cells: Float64Array<ArrayBuffer>;
  /** By chamber, see `ChamberCells`. */
  readonly exposures: readonly (readonly number[] | undefined)[];
}

export function packInputs(inputs: readonly ScorerInput[]): PackedInputs {
  const matrices = inputs.map(({ matrix, history = [] }) => [matrix, ...history]);
  const widths = matrices.map((own) => own.map((rows) => rows[0]!.length));
  const cells = new Float64Array(widths.flat().reduce((sum, width) => sum + width * rowsPerChamber, 0));
  let first = 0;
  for (const rows of matrices.flat()) {
    for (const row of rows) {
      cells.set(row, first);
      first += row.length;
    }
  }
  return {
    chambers: inputs.map(({ chamber }) => chamber),
    widths,
    cells,
    exposures: inputs.map(({ exposures }) => exposures),
  };
}

export function unpackInputs({ chambers, widths, cells, exposures }: PackedInputs): ChamberCells[] {
  let first = 0;
  const matrixOf = (width: number): Cells =>
    Array.from({ length: rowsPerChamber }, () => cells.subarray(first, (first += width)));
  return chambers.map((chamber, index) => {
    const [matrix, ...history] = widths[index]!.map(matrixOf);
    return { chamber, matrix: matrix!, history, exposures: exposures[index] };
  });
}
