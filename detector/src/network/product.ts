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
