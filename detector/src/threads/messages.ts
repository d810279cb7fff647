import type { BackendChoice } from '../backend/choice.ts';
import type { BackendName, ScoreOptions, ScorerInput } from '../scorer.ts';
import type { ChamberSteps } from '../steps.ts';
import type { PackedInputs } from './packedInputs.ts';
import type { PackedVerdicts } from './packedVerdicts.ts';

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
