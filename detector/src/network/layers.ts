import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable } from '@tensorflow/tfjs-layers';
import { product, greater, windowsOf } from './products.ts';

type Shape = (number | null)[];

/** What Keras writes of initialisers, constraints and regularisers is left aside: weights come from a file or a seed. */
function plainNumber(value: unknown): number {
  return Number(Array.isArray(value) ? value[0] : value);
}

function onlyInput(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}

/** TensorFlow.js says in the keyword arguments of `call` whether it trains. */
function isTraining(keywords: Record<string, unknown> | undefined): boolean {
  return keywords?.training === true;
}

/** @throws {Error} when a Keras layer is configured as its stand-in cannot be; names layer, field and rule. */
function allowOnly(layer: string, field: string, value: unknown, allowed: readonly unknown[]): void {
  const plain: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (plain === undefined || plain === null || allowed.includes(plain)) return;
  throw new Error(
    `layer "${layer}": ${field} ${JSON.stringify(value)} is not supported, only ${allowed.join(' or ')}`,
  );
}

const activations = { linear: (sums: tf.Tensor) => sums, relu: tf.relu, sigmoid: tf.sigmoid, tanh: tf.tanh };
type Activation = keyof typeof activations;

/**
 * Keras' Dense with the gradient of {@link product}.
 *
 * `[samples, inner]` -> `[samples, units]`.
 */
class ProductDense extends layers.Layer {
  static className = 'ProductDense';
  private readonly units: number;
  private readonly activation: Activation;
  private readonly useBias: boolean;
  private readonly seed: number;
  private kernel: LayerVariable | undefined;
  private bias: LayerVariable | undefined;

  constructor(config: {
    name?: string;
    units: number;
    activation?: Activation;
    useBias?: boolean;
    seed?: number;
  }) {
    super(config.name === undefined ? {} : { name: config.name });
    this.units = config.units;
    this.activation = config.activation ?? 'linear';
    this.useBias = config.useBias ?? true;
    this.seed = config.seed ?? 0;
    allowOnly(this.name, 'activation', config.activation, Object.keys(activations));
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = inputShape as number[];
    if (shape.length !== 2)
      throw new Error(`layer "${this.name}": takes one row of values a sample, not a grid`);
    const initial = initializers.glorotUniform({ seed: this.seed });
    this.kernel = this.addWeight('kernel', [shape[1]!, this.units], 'float32', initial);
    if (this.useBias) this.bias = this.addWeight('bias', [this.units], 'float32', initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [(inputShape as Shape)[0]!, this.units];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], keywords?: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      const kernel = this.kernel!.read() as tf.Tensor2D;
      const sums = product(onlyInput(inputs) as tf.Tensor2D, kernel, isTraining(keywords));
      return activations[this.activation](this.bias ? tf.add(sums, this.bias.read()) : sums);
    });
  }
}

tf.serialization.registerClass(ProductDense);

interface Conv1dConfig {
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
class SlicedConv1D extends layers.Layer {
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

/**
 * Keras' MaxPooling1D (stride = pool size, padding 'valid') where it does not follow a convolution. WebAssembly has no
 * gradient for TensorFlow.js's own.
 *
 * `[samples, length, channels]` -> `[samples, floor(length / poolSize), channels]`.
 */
class BlockMaxPooling1D extends layers.Layer {
  static className = 'BlockMaxPooling1D';
  private readonly poolSize: number;

  constructor(config: { name?: string; poolSize: number | number[]; strides?: unknown; padding?: unknown }) {
    super(config.name === undefined ? {} : { name: config.name });
    this.poolSize = plainNumber(config.poolSize);
    allowOnly(this.name, 'strides', config.strides, [this.poolSize]);
    allowOnly(this.name, 'padding', config.padding, ['valid']);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [samples, length, channels] = inputShape as number[];
    return [samples!, Math.floor(length! / this.poolSize), channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const input = onlyInput(inputs) as tf.Tensor3D;
      const [samples, length, channels] = input.shape;
      const blocks = Math.floor(length / this.poolSize);
      const whole = tf.slice(input, [0, 0, 0], [samples, blocks * this.poolSize, channels]);
      const cells = tf.reshape(whole, [samples, blocks, this.poolSize * channels]);
      const cell = (index: number) => tf.slice(cells, [0, 0, index * channels], [samples, blocks, channels]);
      let greatest: tf.Tensor = cell(0);
      for (let index = 1; index < this.poolSize; index++) greatest = greater(cell(index), greatest);
      return greatest;
    });
  }
}

tf.serialization.registerClass(BlockMaxPooling1D);
