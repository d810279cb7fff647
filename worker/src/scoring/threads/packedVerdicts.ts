import { noWire, type Matrix } from '@dtdqm/contract';
import type { Judgement } from '../preprocessing/preprocessing.ts';
import type { JudgedChamber } from '../scoreChambers.ts';
import type { ChamberVerdict, ScorerInput } from '../scorer.ts';

/** Verdicts on their way back: attributions of all wires in one array that is handed over, not copied. */
export interface PackedVerdicts {
  readonly judgements: readonly Judgement[];
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
  return { judgements: judged.map(({ attribution: _, ...judgement }) => judgement), attributions };
}

/** @param inputs what the verdicts are of. */
export function unpackVerdicts(
  { judgements, attributions }: PackedVerdicts,
  inputs: readonly ScorerInput[],
): ChamberVerdict[] {
  let next = 0;
  const saliencyOf = (matrix: Matrix, { scores }: Judgement): number[][] =>
    matrix.map((row, index) => {
      const exists = scores[index] !== noWire;
      return row.map((hits) => (exists && hits !== noWire ? attributions[next++]! : noWire));
    });
  return judgements.map((judgement, index) => ({
    ...judgement,
    saliency: attributions.length > 0 ? saliencyOf(inputs[index]!.matrix, judgement) : [],
  }));
}
