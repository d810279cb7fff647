import { layersOf } from '@dtdqm/contract';
import type { LabelledChamber } from '../../storage/labels/read.ts';
import type { Example } from '@dtdqm/lab/training/examples';

/**
 * Runs whose labels no training ever sees: by number, so that candidates of all times are judged on runs that neither they
 * nor the model before saw. It is the part that trainDetector keeps for its own test.
 */
export const heldOutRuns = { every: 5, remainder: 4, others: false };
export const trainingRuns = { ...heldOutRuns, others: true };

/** A labelled chamber as training takes it; "not sure" is not known. */
export function toExample({ run, chamber, matrix, verdicts }: LabelledChamber): Example {
  const layers = layersOf(chamber.station);
  return {
    run,
    chamber,
    matrix,
    history: [],
    bad: verdicts.map((verdict, row) =>
      !layers.includes(row + 1) || (verdict !== 'good' && verdict !== 'bad')
        ? null
        : verdict === 'bad'
          ? 1
          : 0,
    ),
    faults: [],
  };
}
