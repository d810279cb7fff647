import type { Fault, Verdict } from '@dtdqm/contract';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { ChamberWires } from '../prepare/chamberWires.ts';

/**
 * The seam between chambers and a network. A model's metadata names its preprocessing; the list in `scoreChambers.ts` holds it.
 *
 *     ChamberWires[] --prepare--> named input tensors --network--> logit(bad) - logit(good) of each sample
 *                                                                    |--calibrate--> scores --judge--> verdicts, faults
 *
 * One sample judges one layer, but its inputs may hold whatever is known of the chamber: all twelve layers, history,
 * features. The network answers with `[samples, 2]` logits (good, bad), `[samples, 1]` logit differences, or the softmax
 * or sigmoid of those (its last activation is taken off when it is loaded).
 */
export interface Preprocessing {
  readonly name: string;

  /** Shape of one sample by name of the network's input, in the order of the network's inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;

  /**
   * One sample for every layer that exists, chamber by chamber, in ascending order of layers. Hits may be fractional.
   *
   * @param only the layer of that row (0..11) of each; all of them when absent.
   */
  prepare(chambers: readonly ChamberWires[], only?: number): LayerSamples;

  /**
   * The same for layers of one length, as operations of TensorFlow.js, which differentiates them together with the network. Only where
   * the network sees the layer's own wires; all other models are explained by `occlusion` alone.
   *
   * @param wires `[layers, wires]`, hits.
   * @returns the network's inputs, in their order.
   */
  fromWires?(this: void, wires: Tensor2D): Tensor[];

  /**
   * The healthy chamber that a sick one is compared with by `occlusion`. Without it every
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
