import type { ChamberId, Fault, Matrix, Verdict, SaliencyMethodName } from '@dtdqm/contract';
import type { WholeExpectation } from './run/expectWhole.ts';

export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

/** One chamber to be judged. `history` holds matrices of the same chamber in good runs before, newest first. */
export interface ScorerInput {
  chamber: ChamberId;
  matrix: Matrix;
  history?: Matrix[];
  /** How long each run of the history was in units of this one, see `ChamberCells`; unknown when absent. */
  exposures?: readonly number[] | undefined;
  /**
   * What others let expect of the chamber as a whole, see `inputsOfRun`, which works it out. Without it nobody can tell whether a
   * chamber is dead or the run short: with few hits it is unknown.
   */
  expected?: readonly WholeExpectation[] | undefined;
}

export interface ChamberVerdict {
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
  /** As the matrix: attribution per wire by the model's method, -1 where there is no wire; empty when not asked for. */
  saliency: number[][];
  /** How the saliency was made; absent when it was not asked for. */
  saliencyMethod?: SaliencyMethodName | undefined;
}

export interface ScoreOptions {
  /** False skips the saliency, which costs many times what the scores cost. Default true. */
  saliency?: boolean;
  /** How the saliency is made; the model's own method unless set. */
  method?: SaliencyMethodName;
  /** Whether layers that count too much are bad for it; they are listed either way. Default false. */
  hotIsBad?: boolean | undefined;
}

/** Values by name of the network's input. */
export type ByInput = Record<string, number[]>;

/** One layer on its way through scoring and back. */
export interface LayerSteps {
  /** 1..12. */
  layer: number;
  /** P(bad), as the judge says it, who knows of a chamber that is dead as a whole what the network does not. */
  score: number;
  /** Hits as they stand in the histogram, -1 where there is no wire. */
  raw: number[];
  /** Without the -1 cells. */
  cleaned: number[];
  /** Resized to 47 and divided by its maximum: how the original network sees it, whatever model is in use. */
  resized: number[];
  scaled: number[];
  /** What the network in use was given. */
  inputs: ByInput;
  /** Gradient of logit(bad) - logit(good) by its inputs. */
  gradient: ByInput;
  /** The same, averaged over noisy copies of the chamber (SmoothGrad). */
  smoothed: ByInput;
  /** The saliency that is stored, on the cells of the histogram, -1 where there is no wire. */
  mappedBack: number[];
}

export interface ChamberSteps {
  model: string;
  saliency: SaliencyMethodName;
  layers: LayerSteps[];
}

/** Judges chambers off the event loop; safe to call concurrently. */
export interface Scorer {
  /** `<name>@<version>` of the model in use. */
  readonly model: string;
  /** Methods that can explain what that model says; the first is its own, which saliency is made by unless another is asked for. */
  readonly saliencyMethods: readonly SaliencyMethodName[];
  readonly backend: BackendName;
  /** One line for the log: what computes the scores, and why. */
  readonly backendReason: string;
  /**
   * @param signal ends the waiting at once; what the threads had begun they end for nobody.
   * @throws {RangeError} when a matrix is not one; the message names chamber and rule. The reason of `signal`.
   */
  score(
    chambers: readonly ScorerInput[],
    options?: ScoreOptions,
    signal?: AbortSignal,
  ): Promise<ChamberVerdict[]>;
  /**
   * Every step of one chamber's way through scoring and back, for people who want to see why.
   *
   * @throws {RangeError} as `score`.
   */
  steps(chamber: ScorerInput): Promise<ChamberSteps>;
  /**
   * Goes over to another model folder once every thread has loaded it; batches under way finish with the old one. The folder
   * must stay: a thread that crashes loads it again.
   *
   * @throws {ModelError} when it does not load: the running model stays.
   */
  replaceModel(folder: string): Promise<void>;
  /** Ends the threads, also amid their work; whoever waits for it is told. */
  close(): Promise<void>;
}

/** What may be asked for; `auto` takes the fastest that loads. Apart from `backend.ts`, which loads TensorFlow.js. */
export const backendChoices = ['auto', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof backendChoices)[number];

/** A backend that was asked for and does not load; the message says why. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
}
