import { noWire, rowsPerChamber, verdicts, type Fault, type Matrix, type Verdict } from '@dtdqm/contract';
import type { JudgedChamber } from '../scoreChambers.ts';
import type { ChamberVerdict, ScorerInput } from '../scorer.ts';

/** Verdicts on their way back: numbers in arrays that are handed over, not copied one by one. */
export interface PackedVerdicts {
  /** Twelve a chamber. */
  readonly scores: Float64Array<ArrayBuffer>;
  /** Twelve a chamber: place in the contract's list of verdicts from 1, 0 where there is no layer. */
  readonly verdicts: Uint8Array<ArrayBuffer>;
  readonly faults: readonly Fault[][];
  /** One value a wire, chamber by chamber and layer by layer; empty when saliency was not asked for. */
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
  const scores = new Float64Array(rowsPerChamber * judged.length);
  const codes = new Uint8Array(rowsPerChamber * judged.length);
  judged.forEach((one, index) => {
    scores.set(one.scores, rowsPerChamber * index);
    one.verdicts.forEach((verdict, row) => {
      codes[rowsPerChamber * index + row] = verdict === null ? 0 : verdicts.indexOf(verdict) + 1;
    });
  });
  return { scores, verdicts: codes, faults: judged.map(({ faults }) => faults), attributions };
}

/** What of it is handed over. */
export function buffersOf(packed: PackedVerdicts): ArrayBuffer[] {
  return [packed.scores.buffer, packed.verdicts.buffer, packed.attributions.buffer];
}

/** @param inputs what the verdicts are of. */
export function unpackVerdicts(packed: PackedVerdicts, inputs: readonly ScorerInput[]): ChamberVerdict[] {
  const { attributions } = packed;
  let next = 0;
  const saliencyOf = (matrix: Matrix, scores: readonly number[]): number[][] =>
    matrix.map((row, index) => {
      const exists = scores[index] !== noWire;
      return row.map((hits) => (exists && hits !== noWire ? attributions[next++]! : noWire));
    });
  return packed.faults.map((faults, index) => {
    const [from, to] = [rowsPerChamber * index, rowsPerChamber * (index + 1)];
    const scores = [...packed.scores.subarray(from, to)];
    return {
      scores,
      verdicts: Array.from(packed.verdicts.subarray(from, to), verdictOf),
      faults,
      saliency: attributions.length > 0 ? saliencyOf(inputs[index]!.matrix, scores) : [],
    };
  });
}

function verdictOf(code: number): Verdict | null {
  return code === 0 ? null : verdicts[code - 1]!;
}
