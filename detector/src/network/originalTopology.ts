import type { Topology } from './topology.ts';

const layer = (class_name: string, config: Topology): Topology => ({ class_name, config });
const plain = { trainable: true, use_bias: true };

/** The original network as Keras writes it: 47 -> Conv1D(10, 3, relu) -> MaxPool(5) -> Dense(8, relu) -> Dense(2, softmax). */
export const originalTopology: Topology = {
  class_name: 'Sequential',
  config: {
    name: 'original_architecture',
    layers: [
      layer('Reshape', {
        name: 'input',
        batch_input_shape: [null, 47],
        dtype: 'float32',
        target_shape: [47, 1],
      }),
      layer('Conv1D', {
        ...plain,
        name: 'convolution',
        filters: 10,
        kernel_size: [3],
        strides: [1],
        padding: 'valid',
        activation: 'relu',
      }),
      layer('MaxPooling1D', { name: 'pooling', pool_size: [5], strides: [5], padding: 'valid' }),
      layer('Flatten', { name: 'flatten' }),
      layer('Dense', { ...plain, name: 'dense', units: 8, activation: 'relu' }),
      layer('Dense', { ...plain, name: 'output', units: 2, activation: 'softmax' }),
    ],
  },
  keras_version: '2.0.6',
  backend: 'tensorflow',
};
