import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable } from '@tensorflow/tfjs-layers';

type Shape = (number | null)[];

export interface Conv1dConfig {
  name?: string;
  filters: number;
  kernelSize: number;
  activation?: 'linear' | 'relu';
  useBias?: boolean;
  /** Of the initial weights; training only. */
  seed?: number;
}

/**
 * Keras' Conv1D (stride 1, padding 'valid') as slices and one matrix product. TensorFlow.js's own calls a convolution
 * kernel whose gradient by the filter WebAssembly has not got; this one trains there and is faster, too.
 *
 * `[samples, length, channels]` -> `[samples, length - kernelSize + 1, filters]`.
 */
export class SlicedConv1D extends layers.Layer {
  static className = 'SlicedConv1D';
  readonly config: Required<Omit<Conv1dConfig, 'name'>>;
  private kernel: LayerVariable | undefined;
  private bias: LayerVariable | undefined;

  constructor(config: Conv1dConfig & KerasConv1d) {
    super(config.name === undefined ? {} : { name: config.name });
    this.config = {
      filters: config.filters,
      kernelSize: Array.isArray(config.kernelSize) ? Number(config.kernelSize[0]) : config.kernelSize,
      activation: config.activation ?? 'linear',
      useBias: config.useBias ?? true,
      seed: config.seed ?? 0,
    };
    refuseWhatIsNotSliced(config, this.name);
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, , channels] = inputShape as number[];
    const { filters, kernelSize, seed } = this.config;
    const initial = initializers.glorotUniform({ seed });
    this.kernel = this.addWeight('kernel', [kernelSize, channels!, filters], 'float32', initial);
    if (this.config.useBias) this.bias = this.addWeight('bias', [filters], 'float32', initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [samples, length] = inputShape as number[];
    return [samples!, length! - this.config.kernelSize + 1, this.config.filters];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const input = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor3D;
    const { filters, kernelSize, activation } = this.config;
    return tf.tidy(() => {
      const [samples, length, channels] = input.shape;
      const outputLength = length - kernelSize + 1;
      const windows = tf.concat(
        Array.from({ length: kernelSize }, (_, shift) =>
          tf.slice(input, [0, shift, 0], [samples, outputLength, channels]),
        ),
        2,
      );
      const flat = tf.reshape(windows, [samples * outputLength, kernelSize * channels]);
      const kernel = tf.reshape(this.kernel!.read(), [kernelSize * channels, filters]);
      const sums = tf.matMul(flat as tf.Tensor2D, kernel as tf.Tensor2D);
      const biased = this.bias ? tf.add(sums, this.bias.read()) : sums;
      return tf.reshape(activation === 'relu' ? tf.relu(biased) : biased, [samples, outputLength, filters]);
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { filters, kernelSize, activation, useBias } = this.config;
    const own = { filters, kernelSize: [kernelSize], strides: [1], padding: 'valid', activation, useBias };
    return { ...super.getConfig(), ...own };
  }
}

tf.serialization.registerClass(SlicedConv1D);

/** What a Keras configuration may hold besides. */
interface KerasConv1d {
  strides?: unknown;
  padding?: unknown;
  dilationRate?: unknown;
}

function refuseWhatIsNotSliced(config: Conv1dConfig & KerasConv1d, name: string): void {
  const only = (field: string, value: unknown, allowed: unknown[]) => {
    const plain: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (plain !== undefined && plain !== null && !allowed.includes(plain)) {
      throw new Error(
        `layer "${name}": ${field} ${JSON.stringify(value)} is not supported, only ${allowed.join(' or ')}`,
      );
    }
  };
  only('strides', config.strides, [1]);
  only('padding', config.padding, ['valid']);
  only('dilation_rate', config.dilationRate, [1]);
  only('activation', config.activation, ['linear', 'relu']);
}
