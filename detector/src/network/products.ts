import * as tf from '@tensorflow/tfjs-core';

/**
 * `a` times `b` as TensorFlow.js multiplies them, with a gradient that WebAssembly computes fast: its own transposes
 * inside the product, which takes ten times as long as transposing first.
 *
 * @param a `[rows, inner]`; @param b `[inner, columns]`.
 * @param training also gives the gradient by `b`. Without it `b` is a constant: saliency needs half the work.
 */
export function product(a: tf.Tensor2D, b: tf.Tensor2D, training: boolean): tf.Tensor2D {
  return (training ? trained(a, b) : byConstant(a, b)) as tf.Tensor2D;
}

function byConstant(a: tf.Tensor2D, constant: tf.Tensor2D): tf.Tensor {
  return tf.customGrad((left, save) => {
    const [, b] = keep(save, left as tf.Tensor2D, constant);
    return {
      value: tf.matMul(left as tf.Tensor2D, b),
      gradFunc: (change: tf.Tensor, [, right]: tf.Tensor[]) => byLeft(change, right!),
    };
  })(a);
}

function trained(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor {
  return tf.customGrad((first, second, save) => {
    const [left, right] = keep(save, first as tf.Tensor2D, second as tf.Tensor2D);
    return {
      value: tf.matMul(left, right),
      gradFunc: (change: tf.Tensor, [savedLeft, savedRight]: tf.Tensor[]) => [
        byLeft(change, savedRight!),
        tf.matMul(tf.transpose(savedLeft!) as tf.Tensor2D, change as tf.Tensor2D),
      ],
    };
  })(a, b);
}

function byLeft(change: tf.Tensor, right: tf.Tensor): tf.Tensor {
  return tf.matMul(change as tf.Tensor2D, tf.transpose(right) as tf.Tensor2D);
}

/** What a gradient will need must be saved: everything else of a layer is freed when its call ends. */
function keep(
  save: tf.Tensor | tf.GradSaveFunc,
  left: tf.Tensor2D,
  right: tf.Tensor2D,
): [tf.Tensor2D, tf.Tensor2D] {
  (save as tf.GradSaveFunc)([left, right]);
  return [left, right];
}

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

/**
 * The greater of each pair as `b + relu(a - b)`: WebAssembly's own maximum takes 20 times as long, forth and back. Of
 * equal values `b` gets the gradient, and only `b`.
 */
export function greater(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.add(b, tf.relu(tf.sub(a, b)));
}
