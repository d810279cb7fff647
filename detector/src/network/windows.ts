import * as tf from '@tensorflow/tfjs-core';
import { product } from './product.ts';

/** Entries of a 0/1 matrix up to which picking cells by a product beats slicing and joining them. */
const largestSelection = 1 << 16;
const selections = new Map<string, Float32Array>();

/**
 * Windows of neighbouring cells: window w of a sample holds cells `w * step` to `w * step + size - 1`.
 *
 * @param cells `[samples, length, channels]`.
 * @returns `[samples * count, size * channels]`.
 */
export function windowsOf(cells: tf.Tensor3D, count: number, size: number, step: number): tf.Tensor2D {
  const [samples, length, channels] = cells.shape;
  const inner = length * channels;
  const outer = count * size * channels;
  const shape: [number, number] = [samples * count, size * channels];
  if (inner * outer > largestSelection) return tf.reshape(joined(cells, count, size, step), shape);
  const selection = tf.tensor2d(selectionFor(inner, count, size * channels, step * channels), [inner, outer]);
  return tf.reshape(product(tf.reshape(cells, [samples, inner]), selection, false), shape);
}

/** Picks window cells by a matrix of zeros and ones: exact, as every sum has one term. */
function selectionFor(inner: number, count: number, size: number, step: number): Float32Array {
  const key = [inner, count, size, step].join();
  const known = selections.get(key);
  if (known) return known;
  const outer = count * size;
  const selection = new Float32Array(inner * outer);
  for (let window = 0; window < count; window++) {
    for (let cell = 0; cell < size; cell++)
      selection[(window * step + cell) * outer + window * size + cell] = 1;
  }
  selections.set(key, selection);
  return selection;
}

function joined(cells: tf.Tensor3D, count: number, size: number, step: number): tf.Tensor {
  const [samples, , channels] = cells.shape;
  const shifted = Array.from({ length: size }, (_, shift) =>
    step === 1
      ? tf.slice(cells, [0, shift, 0], [samples, count, channels])
      : tf.stridedSlice(
          cells,
          [0, shift, 0],
          [samples, shift + (count - 1) * step + 1, channels],
          [1, step, 1],
        ),
  );
  return tf.concat(shifted, 2);
}
