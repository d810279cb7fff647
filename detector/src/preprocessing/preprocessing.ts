import type { Fault, Verdict } from '@dtdqm/contract';
import type { ChamberWires } from '../prepare/chamberWires.ts';

/**
 * The seam between chambers and a network. A model's metadata names its preprocessing; the list in `scoreChambers.ts` holds it.
 *
 *     ChamberWires[] --prepare--> named input tensors --network--> logit(bad) - logit(good) of each sample
 *                                                                    |--calibrate--> scores --judge--> verdicts, faults
 *     saliency per wire <--backprop-- gradient of that difference by the input tensors
 *
 * One sample judges one layer, but its inputs may hold whatever is known of the chamber: all twelve layers, history,
 * features. The network answers with `[samples, 2]` logits (good, bad), `[samples, 1]` logit differences, or the softmax
 * or sigmoid of those (its last activation is taken off when it is loaded).
 */
export interface Preprocessing {
  readonly name: string;

  /** Shape of one sample by name of the network's input, in the order of the network's inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;

  /** One sample for every layer that exists, chamber by chamber, in ascending order of layers. Hits may be fractional. */
  prepare(chambers: readonly ChamberWires[]): LayerSamples;

  /**
   * Takes gradients by the input tensors back to the wires: the transposed Jacobian of `prepare` at `chambers`, applied.
   * Needed by every saliency method but `occlusion`.
   *
   * @param gradients by name as `samples.tensors`, one flat array each.
   * @param into for each sample the twelve rows of the chamber to ADD to, wires as in `chambers`; samples may share them.
   */
  backprop?(
    chambers: readonly ChamberWires[],
    samples: LayerSamples,
    gradients: Readonly<Record<string, Float32Array>>,
    into: readonly WireGradient[],
  ): void;

  /**
   * The healthy chamber that a sick one is compared with by `integrated-gradients` and `occlusion`. Without it every
   * layer becomes flat at its own level, which cannot explain a layer that is low as a whole.
   */
  baseline?(chamber: ChamberWires): ChamberWires;

  /** Turns scores into verdicts and faults; pure. Without it `score >= thresholds.bad` is bad and nothing is named. */
  judge?(
    chamber: ChamberWires,
    scores: readonly number[],
    thresholds: Thresholds,
    options: JudgeOptions,
  ): Judgement;
}

export interface LayerSamples {
  /** Which layer each sample judges: index into the chambers, row 0..11. */
  readonly layers: readonly { chamber: number; row: number }[];
  /** By name of the network's input: `samples.layers.length` times the shape of one sample, row-major. */
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

/** Twelve rows, one value per wire; null where there is no layer. */
export type WireGradient = readonly (Float64Array | null)[];

/** Limits on scores and whatever else a preprocessing's judge wants; from the model's metadata. */
export type Thresholds = Readonly<Record<string, number>> & { readonly bad: number };

export interface JudgeOptions {
  /** Whether layers that count too much are bad for it; they are listed either way. */
  readonly hotIsBad?: boolean | undefined;
}

export interface Judgement {
  /** P(bad) of layers 1..12, -1 where there is no layer; a judge may correct what the network said. */
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
}
