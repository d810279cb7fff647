import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

type Shape = (number | null)[];

export interface MaxPooling1dConfig {
  name?: string;
  poolSize: number;
}

/**
 * Keras' MaxPooling1D (stride = pool size, padding 'valid') as maxima of slices. Of equal cells the first alone gets
 * the gradient: TensorFlow.js's `max` gives it to each of them, which counts flat stretches several times over.
 *
 * `[samples, length, channels]` -> `[samples, floor(length / poolSize), channels]`.
 */
export class BlockMaxPooling1D extends layers.Layer {
  static className = 'BlockMaxPooling1D';
  readonly poolSize: number;

  constructor(config: MaxPooling1dConfig & { strides?: unknown; padding?: unknown }) {
    super(config.name === undefined ? {} : { name: config.name });
    this.poolSize = plainNumber(config.poolSize);
    const strides =
      config.strides === undefined || config.strides === null ? this.poolSize : plainNumber(config.strides);
    if (strides !== this.poolSize || (config.padding !== undefined && config.padding !== 'valid')) {
      throw new Error(
        `layer "${this.name}": only strides equal to the pool size and padding "valid" are supported`,
      );
    }
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [samples, length, channels] = inputShape as number[];
    return [samples!, Math.floor(length! / this.poolSize), channels!];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const input = (Array.isArray(inputs) ? inputs[0]! : inputs) as tf.Tensor3D;
    return tf.tidy(() => {
      const [samples, length, channels] = input.shape;
      const blocks = Math.floor(length / this.poolSize);
      const whole = tf.slice(input, [0, 0, 0], [samples, blocks * this.poolSize, channels]);
      const cells = tf.reshape(whole, [samples, blocks, this.poolSize * channels]);
      const cell = (index: number) => tf.slice(cells, [0, 0, index * channels], [samples, blocks, channels]);
      let greatest: tf.Tensor = cell(0);
      for (let index = 1; index < this.poolSize; index++) greatest = tf.maximum(greatest, cell(index));
      return greatest;
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    const own = { poolSize: [this.poolSize], strides: [this.poolSize], padding: 'valid' };
    return { ...super.getConfig(), ...own };
  }
}

tf.serialization.registerClass(BlockMaxPooling1D);

function plainNumber(value: unknown): number {
  return Number(Array.isArray(value) ? value[0] : value);
}
