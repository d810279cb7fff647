import * as tf from '@tensorflow/tfjs-core';
import type { Topology } from '../model/modelFolder.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { LayerSamples, Preprocessing } from './preprocessing.ts';

/** Cells of the original network's input: the length of the shortest layer of the detector. */
export const originalLength = 47;
const input = 'layer';

/**
 * What the original network was used with: drop the -1 cells, resize to 47, divide by the layer's own maximum.
 * It sees one layer alone, so whatever that scaling hides (a dead or weak layer) it cannot judge.
 */
export const original47: Preprocessing = {
  name: 'original-47',
  inputs: { [input]: [originalLength] },

  prepare(chambers: readonly ChamberWires[], only?: number): LayerSamples {
    const layers = chambers.flatMap(({ layers }, chamber) =>
      layers.flatMap((wires, row) => (wires && (only ?? row) === row ? [{ chamber, row }] : [])),
    );
    const values = new Float32Array(layers.length * originalLength);
    layers.forEach(({ chamber, row }, sample) => {
      values.set(
        scaleToMaximum(resize(chambers[chamber]!.layers[row]!, originalLength)),
        sample * originalLength,
      );
    });
    return { layers, tensors: { [input]: values } };
  },

  fromWires(wires) {
    const resized = tf.matMul(wires, resizeMatrix(wires.shape[1]));
    const maximum = tf.max(resized, 1, true);
    return [tf.div(resized, tf.maximum(maximum, leastMaximum))];
  },
};

/** Far below one hit: keeps a layer without hits as it is. */
const leastMaximum = 1e-6;

/** `[wires, 47]`: the resize is linear, so what it does to one hit on each wire is all of it. */
function resizeMatrix(wires: number): tf.Tensor2D {
  const rows = Array.from({ length: wires }, (_, wire) =>
    resize(new Float64Array(wires).fill(1, wire, wire + 1), originalLength),
  );
  return tf.tensor2d(rows.flatMap((row) => [...row]), [wires, originalLength]); // prettier-ignore
}

/** For each output cell the two input cells that it mixes and the weight of the second; -1 is outside, where hits are 0. */
interface ResizePlan {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly weight: Float64Array;
}

const plans = new Map<string, ResizePlan>();

function planFor(from: number, to: number): ResizePlan {
  const key = `${from}>${to}`;
  const known = plans.get(key);
  if (known) return known;
  const plan: ResizePlan = {
    left: new Int32Array(to),
    right: new Int32Array(to),
    weight: new Float64Array(to),
  };
  const inside = (cell: number) => (cell >= 0 && cell < from ? cell : -1);
  for (let cell = 0; cell < to; cell++) {
    const position = ((cell + 0.5) * from) / to - 0.5;
    const floor = Math.floor(position);
    plan.left[cell] = inside(floor);
    plan.right[cell] = inside(floor + 1);
    plan.weight[cell] = position - floor;
  }
  plans.set(key, plan);
  return plan;
}

/**
 * Linear resize with half-pixel centres and zeros outside, without antialiasing: scikit-image's `resize` of order 1 and
 * mode 'constant', which the original network was used with.
 *
 * @returns `length` values; the same values when the length does not change.
 */
export function resize(values: Float64Array, length: number): Float64Array {
  const { left, right, weight } = planFor(values.length, length);
  const resized = new Float64Array(length);
  for (let cell = 0; cell < length; cell++) {
    const share = weight[cell]!;
    resized[cell] = (1 - share) * (values[left[cell]!] ?? 0) + share * (values[right[cell]!] ?? 0);
  }
  return resized;
}

/** Divides by the greatest value, so that a layer's shape is seen at any rate; a layer without hits stays as it is. */
export function scaleToMaximum(values: Float64Array): Float64Array {
  const maximum = Math.max(...values);
  return maximum > 0 ? values.map((value) => value / maximum) : values;
}

const kerasLayer = (class_name: string, config: Topology): Topology => ({ class_name, config });
const trained = { trainable: true, use_bias: true };

/** The original network as Keras writes it: 47 -> Conv1D(10, 3, relu) -> MaxPool(5) -> Dense(8, relu) -> Dense(2, softmax). */
export const originalTopology: Topology = {
  class_name: 'Sequential',
  config: {
    name: 'original_architecture',
    layers: [
      kerasLayer('Reshape', {
        name: 'input',
        batch_input_shape: [null, 47],
        dtype: 'float32',
        target_shape: [47, 1],
      }),
      kerasLayer('Conv1D', {
        ...trained,
        name: 'convolution',
        filters: 10,
        kernel_size: [3],
        strides: [1],
        padding: 'valid',
        activation: 'relu',
      }),
      kerasLayer('MaxPooling1D', { name: 'pooling', pool_size: [5], strides: [5], padding: 'valid' }),
      kerasLayer('Flatten', { name: 'flatten' }),
      kerasLayer('Dense', { ...trained, name: 'dense', units: 8, activation: 'relu' }),
      kerasLayer('Dense', { ...trained, name: 'output', units: 2, activation: 'softmax' }),
    ],
  },
  keras_version: '2.0.6',
  backend: 'tensorflow',
};
