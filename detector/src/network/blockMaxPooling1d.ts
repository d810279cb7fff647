import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { greater } from './greater.ts';
import { allowOnly, onlyInput, plainNumber, type Shape } from './standIn.ts';

/**
 * Keras' MaxPooling1D (stride = pool size, padding 'valid') where it does not follow a convolution. WebAssembly has no
 * gradient for TensorFlow.js's own.
 *
 * `[samples, length, channels]` -> `[samples, floor(length / poolSize), channels]`.
 */
export class BlockMaxPooling1D extends layers.Layer {
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
