import type { ChamberId, Fault, Matrix, Verdict } from '@dtdqm/contract';

export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

/** One chamber to be judged. `history` holds matrices of the same chamber in recent good runs, newest first. */
export interface ScorerInput {
  chamber: ChamberId;
  matrix: Matrix;
  history?: Matrix[];
}

export interface ChamberVerdict {
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
  /** As the matrix: attribution per wire (positive speaks for bad), -1 where there is no wire. */
  saliency: number[][];
}

/** Judges chambers off the event loop; safe to call concurrently. */
export interface Scorer {
  /** `<name>@<version>` of the model in use. */
  readonly model: string;
  readonly backend: BackendName;
  /** @throws {RangeError} when a matrix is not one; the message names chamber and rule. */
  score(chambers: readonly ScorerInput[]): Promise<ChamberVerdict[]>;
  close(): Promise<void>;
}
