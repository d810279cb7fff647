import type { Topology } from '../model/modelFolder.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { LayerSamples, Preprocessing, WireGradient } from './preprocessing.ts';

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

  prepare(chambers: readonly ChamberWires[]): LayerSamples {
    const layers = chambers.flatMap(({ layers }, chamber) =>
      layers.flatMap((wires, row) => (wires ? [{ chamber, row }] : [])),
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

  backprop(chambers, samples, gradients, into: readonly WireGradient[]) {
    const gradient = gradients[input]!;
    samples.layers.forEach(({ chamber, row }, sample) => {
      const resized = resize(chambers[chamber]!.layers[row]!, originalLength);
      const own = gradient.subarray(sample * originalLength, (sample + 1) * originalLength);
      resizeTransposed(scaleTransposed(resized, own), into[sample]![row]!);
    });
  },
};

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

/** The transpose of {@link resize}: adds to `into` (one value per wire) what each resized cell's gradient gives its wires. */
export function resizeTransposed(gradient: ArrayLike<number>, into: Float64Array): void {
  const { left, right, weight } = planFor(into.length, gradient.length);
  for (let cell = 0; cell < gradient.length; cell++) {
    const share = weight[cell]!;
    const value = gradient[cell]!;
    if (left[cell]! >= 0) into[left[cell]!]! += (1 - share) * value;
    if (right[cell]! >= 0) into[right[cell]!]! += share * value;
  }
}

/** Index of the greatest value, the first of equals. */
function indexOfMaximum(values: Float64Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index]! > values[best]!) best = index;
  }
  return best;
}

/** Divides by the greatest value, so that a layer's shape is seen at any rate; a layer without hits stays as it is. */
export function scaleToMaximum(values: Float64Array): Float64Array {
  const maximum = values[indexOfMaximum(values)] ?? 0;
  return maximum > 0 ? values.map((value) => value / maximum) : values;
}

/**
 * The transposed Jacobian of {@link scaleToMaximum} at `values`, applied to `gradient`. The greatest cell gets, besides its
 * share, what it does to all others: that is how one noisy cell flattens a layer.
 */
export function scaleTransposed(values: Float64Array, gradient: ArrayLike<number>): Float64Array {
  const top = indexOfMaximum(values);
  const maximum = values[top] ?? 0;
  if (maximum <= 0) return Float64Array.from(gradient);
  const result = new Float64Array(values.length);
  let onMaximum = 0;
  for (let index = 0; index < values.length; index++) {
    result[index] = gradient[index]! / maximum;
    onMaximum += (gradient[index]! * values[index]!) / (maximum * maximum);
  }
  result[top]! -= onMaximum;
  return result;
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
