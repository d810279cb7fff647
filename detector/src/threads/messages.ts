import {
  noWire,
  rowsPerChamber,
  type ChamberId,
  type Matrix,
  type SaliencyMethodName,
} from '@dtdqm/contract';
import type { Cells, ChamberCells } from '../prepare/chamberWires.ts';
import type { WholeExpectation } from '../run/expectWhole.ts';
import type { JudgedChamber } from '../scoreChambers.ts';
import type { BackendChoice, BackendName, ScoreOptions, ScorerInput, ChamberVerdict } from '../scorer.ts';
import type { ChamberSteps } from '../scorer.ts';

/** What a thread is started with. */
export interface ThreadSettings {
  readonly folder: string;
  readonly backend: BackendChoice;
}

export type Request =
  | { id: number; kind: 'score'; inputs: PackedInputs; options: ScoreOptions }
  | { id: number; kind: 'explain'; input: ScorerInput }
  /** Loads a model beside the one in use. */
  | { id: number; kind: 'load'; folder: string }
  /** Uses the model loaded last and frees the one before. */
  | { id: number; kind: 'swap' };

export interface LoadedReport {
  readonly model: string;
  readonly saliencyMethods: readonly SaliencyMethodName[];
  readonly backend: BackendName;
  readonly backendReason: string;
}

export type Reply =
  | { id: number; kind: 'scored'; verdicts: PackedVerdicts }
  | { id: number; kind: 'explained'; steps: ChamberSteps }
  | { id: number; kind: 'loaded'; report: LoadedReport }
  | { id: number; kind: 'done' }
  | { id: number; kind: 'failed'; error: { name: string; message: string } };

/** A request before it is numbered. */
export type Task = Request extends infer Each ? (Each extends Request ? Omit<Each, 'id'> : never) : never;

/**
 * Chambers on their way to a thread: all cells in one array that is handed over, not copied. Cloning a run cell by cell
 * takes longer than scoring it.
 */
interface PackedInputs {
  readonly chambers: readonly ChamberId[];
  /** Cells a row of each matrix: for each chamber the one to be judged, then its history. */
  readonly widths: readonly (readonly number[])[];
  readonly cells: Float64Array<ArrayBuffer>;
  /** By chamber, see `ChamberCells`. */
  readonly exposures: readonly (readonly number[] | undefined)[];
  readonly expected: readonly (readonly WholeExpectation[] | undefined)[];
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
    expected: inputs.map(({ expected }) => expected),
  };
}

export function unpackInputs({ chambers, widths, cells, exposures, expected }: PackedInputs): ChamberCells[] {
  let first = 0;
  const matrixOf = (width: number): Cells =>
    Array.from({ length: rowsPerChamber }, () => cells.subarray(first, (first += width)));
  return chambers.map((chamber, index) => {
    const [matrix, ...history] = widths[index]!.map(matrixOf);
    return { chamber, matrix: matrix!, history, exposures: exposures[index], expected: expected[index] };
  });
}

/**
 * Verdicts on their way back: attributions, one value a wire, chamber by chamber and layer by layer, in one array that is handed
 * over; empty when saliency was not asked for. All else is small enough to be copied.
 */
interface PackedVerdicts {
  readonly judgements: readonly Omit<JudgedChamber, 'attribution'>[];
  readonly attributions: Float64Array<ArrayBuffer>;
}

export function packVerdicts(judged: readonly JudgedChamber[]): PackedVerdicts {
  const layers = judged.flatMap(({ attribution }) => attribution ?? []).filter((values) => values !== null);
  const attributions = new Float64Array(layers.reduce((sum, values) => sum + values.length, 0));
  let first = 0;
  for (const values of layers) {
    attributions.set(values, first);
    first += values.length;
  }
  return { judgements: judged.map(({ attribution: _, ...judgement }) => judgement), attributions };
}

/** @param inputs what the verdicts are of. */
export function unpackVerdicts(
  { judgements, attributions }: PackedVerdicts,
  inputs: readonly ScorerInput[],
): ChamberVerdict[] {
  let next = 0;
  const saliencyOf = (matrix: Matrix, scores: readonly number[]): number[][] =>
    matrix.map((row, index) => {
      const exists = scores[index] !== noWire;
      return row.map((hits) => (exists && hits !== noWire ? attributions[next++]! : noWire));
    });
  return judgements.map((judgement, index) => ({
    ...judgement,
    saliency: attributions.length > 0 ? saliencyOf(inputs[index]!.matrix, judgement.scores) : [],
  }));
}
