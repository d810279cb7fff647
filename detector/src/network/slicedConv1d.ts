import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable } from '@tensorflow/tfjs-layers';
import { greater } from './greater.ts';
import { product } from './product.ts';
import { allowOnly, isTraining, onlyInput, plainNumber, type Shape } from './standIn.ts';
import { windowsOf } from './windows.ts';

export interface Conv1dConfig {
  name?: string;
  filters: number;
  kernelSize: number | number[];
  activation?: 'linear' | 'relu';
  useBias?: boolean;
  /** Pool size of a MaxPooling1D that follows at once and is computed here as well; 1 when none does. */
  pool?: number;
  /** Of the initial weights. */
  seed?: number;
}

/**
 * Keras' Conv1D (stride 1, padding 'valid'), with the MaxPooling1D that may follow it, as matrix products of windows.
 * WebAssembly lacks the gradients of TensorFlow.js's own convolution and pooling; these train there, and are faster.
 *
 * The relu comes after the maximum, which gives the same with a fraction of the work. Of equal cells in a pool one
 * alone gets the gradient: TensorFlow.js gives it to each of them, which counts flat stretches several times over.
 *
 * `[samples, length, channels]` -> `[samples, floor((length - kernelSize + 1) / pool), filters]`.
 */
export class SlicedConv1D extends layers.Layer {
  static className = 'SlicedConv1D';
  private readonly filters: number;
  private readonly kernelSize: number;
  private readonly pool: number;
  private readonly relu: boolean;
  private readonly useBias: boolean;
  private readonly seed: number;
  private kernel: LayerVariable | undefined;
  private bias: LayerVariable | undefined;

  constructor(config: Conv1dConfig & { strides?: unknown; padding?: unknown; dilationRate?: unknown }) {
    super(config.name === undefined ? {} : { name: config.name });
    this.filters = config.filters;
    this.kernelSize = plainNumber(config.kernelSize);
    this.pool = config.pool ?? 1;
    this.relu = config.activation === 'relu';
    this.useBias = config.useBias ?? true;
    this.seed = config.seed ?? 0;
    allowOnly(this.name, 'strides', config.strides, [1]);
    allowOnly(this.name, 'padding', config.padding, ['valid']);
    allowOnly(this.name, 'dilation_rate', config.dilationRate, [1]);
    allowOnly(this.name, 'activation', config.activation, ['linear', 'relu']);
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = (inputShape as number[])[2]!;
    const initial = initializers.glorotUniform({ seed: this.seed });
    this.kernel = this.addWeight('kernel', [this.kernelSize, channels, this.filters], 'float32', initial);
    if (this.useBias) this.bias = this.addWeight('bias', [this.filters], 'float32', initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [samples, length] = inputShape as number[];
    return [samples!, this.poolsIn(length!), this.filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], keywords?: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      const cells = onlyInput(inputs) as tf.Tensor3D;
      const [samples, length, channels] = cells.shape;
      const pools = this.poolsIn(length);
      // One window serves a whole pool; each of the pool's positions is the same kernel, shifted inside the window.
      const windowSize = this.kernelSize + this.pool - 1;
      const windows = windowsOf(cells, pools, windowSize, this.pool);
      let greatest: tf.Tensor | undefined;
      for (let shift = 0; shift < this.pool; shift++) {
        const padded = tf.pad(this.kernel!.read(), [[shift, this.pool - 1 - shift], [0, 0], [0, 0]]); // prettier-ignore
        const kernel = tf.reshape(padded, [windowSize * channels, this.filters]) as tf.Tensor2D;
        const sums = product(windows, kernel, isTraining(keywords));
        greatest = greatest ? greater(sums, greatest) : sums;
      }
      const biased = this.bias ? tf.add(greatest!, this.bias.read()) : greatest!;
      return tf.reshape(this.relu ? tf.relu(biased) : biased, [samples, pools, this.filters]);
    });
  }

  private poolsIn(length: number): number {
    return Math.floor((length - this.kernelSize + 1) / this.pool);
  }
}

tf.serialization.registerClass(SlicedConv1D);
