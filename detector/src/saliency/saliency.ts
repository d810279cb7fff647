import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';

/** What is explained, and with how much effort. Everything is deterministic: same options, same attributions. */
export interface SaliencyOptions {
  /**
   * Layer 1..12 whose logit(bad) - logit(good) is explained, over all wires of the chamber. Without it the sum over all
   * layers of the chamber is: each wire then holds what it does to its own layer and to its neighbours.
   */
  readonly layer?: number | undefined;
  /** Of the noise of `smoothgrad`; each chamber's noise depends on it and on the chamber alone. Default 0. */
  readonly seed?: number | undefined;
  /** Passes of `smoothgrad` (default 50) and steps of `integrated-gradients` (default in its file). */
  readonly passes?: number | undefined;
}

/** One value for each wire of each chamber; null where there is no layer. */
export type Saliency = (
  model: LoadedModel,
  chambers: readonly ChamberWires[],
  options: SaliencyOptions,
) => LayerWires[];
