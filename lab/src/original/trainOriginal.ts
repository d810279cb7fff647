import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, models } from '@tensorflow/tfjs-layers';
import { allChambers } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import { chance, logUniform, pick, randomOf, seededRandom, shuffled } from '@dtdqm/contract/random';
import type { WeightSpec } from '@dtdqm/detector';
import {
  originalTopology,
  toOurs,
  chamberWires,
  type ChamberWires,
  original47,
  originalLength,
} from '@dtdqm/detector/engine';
import {
  drawFault,
  type InjectedKind,
  referenceLumisections,
  simulateChamber,
  wideSpread,
} from '@dtdqm/simulator/detector';

/** Layers as the original network sees them, `[samples, 47]` row-major, and whether each is bad (1) or good (0). */
export interface OriginalSamples {
  readonly values: Float32Array;
  readonly bad: Float32Array;
}

/** Faults that change the shape of a layer. What changes its rate alone looks healthy once divided by the maximum. */
const shapeFaults: readonly InjectedKind[] = [
  'dead-half',
  'dead-region',
  'weak-half',
  'weak-region',
  'front-end-board',
  'readout-group',
  'chamber-readout-group',
];
/** What must not be called bad. */
const harmlessFaults: readonly InjectedKind[] = ['dead-cells', 'noisy-cell'];
const shareOfShapeFaults = 0.6;
const shareOfHarmlessFaults = 0.25;

/**
 * Simulates the layers of a few chambers in each of some runs.
 *
 * @param runs numbers of simulated runs: splits take whole runs, so that no run is on both sides.
 */
export function simulateOriginalSamples(
  seed: number,
  runs: readonly number[],
  chambersPerRun: number,
): OriginalSamples {
  const chambers: ChamberWires[] = [];
  const badLayers: (readonly number[])[] = [];
  for (const run of runs) {
    for (let index = 0; index < chambersPerRun; index++) {
      const simulated = simulateOne(seed, run, index);
      chambers.push(simulated.wires);
      badLayers.push(simulated.badLayers);
    }
  }
  const { layers, tensors } = original47.prepare(chambers);
  const bad = layers.map(({ chamber, row }) => (badLayers[chamber]!.includes(row + 1) ? 1 : 0));
  return { values: tensors.layer!, bad: Float32Array.from(bad) };
}

function simulateOne(seed: number, run: number, index: number) {
  const random = randomOf(seed, 'original-samples', run, index);
  const chamber = pick(random, allChambers);
  const { matrix, badLayers } = simulateChamber({
    chamber,
    buildSeed: `${seed}/${run}/${index}`,
    runSeed: `${seed}/${run}`,
    lumisections: logUniform(random, referenceLumisections / 10, referenceLumisections * 10),
    faults: drawKinds(random).map((kind) => drawFault(kind, chamber, random)),
    spread: wideSpread,
  });
  return { wires: chamberWires({ chamber, matrix }), badLayers };
}

function drawKinds(random: Parameters<typeof chance>[0]): InjectedKind[] {
  return [
    ...(chance(random, shareOfShapeFaults) ? [pick(random, shapeFaults)] : []),
    ...(chance(random, shareOfHarmlessFaults) ? [pick(random, harmlessFaults)] : []),
  ];
}

/** Rows of the samples in the order given. */
export function takeSamples(samples: OriginalSamples, order: readonly number[]): OriginalSamples {
  const values = new Float32Array(order.length * originalLength);
  order.forEach((from, to) => {
    values.set(
      samples.values.subarray(from * originalLength, (from + 1) * originalLength),
      to * originalLength,
    );
  });
  return { values, bad: Float32Array.from(order, (from) => samples.bad[from]!) };
}

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
