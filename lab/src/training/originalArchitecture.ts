import { seededRandom, shuffled } from '@dtdqm/contract/random';
import { sum } from '@dtdqm/contract/numbers';
import * as tf from '@tensorflow/tfjs-core';
import { models, type LayersModel } from '@tensorflow/tfjs-layers';
import type { WeightSpec } from '@dtdqm/detector';
import { toOurs, originalLength, originalTopology } from '@dtdqm/detector/engine';
import { takeSamples, type OriginalSamples } from './originalSamples.ts';

export interface OriginalSettings {
  readonly seed: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  /** Epochs without a better loss on the held-out samples before it stops. */
  readonly patience?: number;
  readonly onEpoch?: (epoch: number, loss: number, heldOutLoss: number) => void;
}

export interface TrainedOriginal {
  readonly specs: WeightSpec[];
  readonly weights: Float32Array;
  readonly epochs: number;
  readonly heldOutLoss: number;
}

/**
 * Trains the original architecture on the backend in use; the same seed and samples give the same weights on one
 * backend. Keeps the weights of the best epoch on the held-out samples. Bad and good layers weigh the same in total.
 */
export async function trainOriginal(
  training: OriginalSamples,
  heldOut: OriginalSamples,
  { seed, epochs = 60, batchSize = 256, learningRate = 0.003, patience = 8, onEpoch }: OriginalSettings,
): Promise<TrainedOriginal> {
  const model = await models.modelFromJSON({ modelTopology: toOurs(originalTopology, seed) });
  const optimizer = new tf.AdamOptimizer(learningRate, 0.9, 0.999, 1e-7);
  const random = seededRandom(seed);
  const badWeight = weightOfBad(training);
  let best: TrainedOriginal | undefined;
  for (let epoch = 1; epoch <= epochs && epoch - (best?.epochs ?? 0) <= patience; epoch++) {
    const order = shuffled(
      training.bad.reduce<number[]>((all, _, index) => (all.push(index), all), []),
      random,
    );
    let sum = 0;
    for (let first = 0; first < order.length; first += batchSize) {
      const batch = takeSamples(training, order.slice(first, first + batchSize));
      sum += step(model, optimizer, batch, badWeight) * batch.bad.length;
    }
    const heldOutLoss = tf.tidy(() => loss(model, heldOut, badWeight, false).dataSync()[0]!);
    onEpoch?.(epoch, sum / order.length, heldOutLoss);
    if (!best || heldOutLoss < best.heldOutLoss) best = { ...snapshot(model), epochs: epoch, heldOutLoss };
  }
  optimizer.dispose();
  model.dispose();
  return best!;
}

function step(
  model: LayersModel,
  optimizer: tf.Optimizer,
  batch: OriginalSamples,
  badWeight: number,
): number {
  return tf.tidy(() => optimizer.minimize(() => loss(model, batch, badWeight, true), true)!.dataSync()[0]!);
}

/** Cross entropy of logit(bad) - logit(good), bad layers weighted; softplus(d) - y d with Keras' softmax of two. */
function loss(model: LayersModel, samples: OriginalSamples, badWeight: number, training: boolean): tf.Scalar {
  const count = samples.bad.length;
  const logits = model.apply(tf.tensor2d(samples.values, [count, originalLength]), {
    training,
  }) as tf.Tensor2D;
  const signs = tf.tensor2d([-1, 1], [2, 1]);
  const difference = tf.reshape(tf.matMul(logits, signs), [count]);
  const bad = tf.tensor1d(samples.bad);
  const entropy = tf.sub(tf.softplus(difference), tf.mul(bad, difference));
  const weights = tf.add(tf.mul(bad, badWeight - 1), 1);
  return tf.div(tf.sum(tf.mul(entropy, weights)), tf.sum(weights));
}

function weightOfBad({ bad }: OriginalSamples): number {
  const count = sum(bad);
  return count > 0 ? (bad.length - count) / count : 1;
}

function snapshot(model: LayersModel): Pick<TrainedOriginal, 'specs' | 'weights'> {
  const specs = model.weights.map(({ originalName, shape }) => ({
    name: originalName,
    shape: shape as number[],
  }));
  const values = model.getWeights().flatMap((weight) => Array.from(weight.dataSync()));
  return { specs, weights: Float32Array.from(values) };
}
