import * as tf from '@tensorflow/tfjs-core';
import { models, type LayersModel } from '@tensorflow/tfjs-layers';
import { noScore, rowsPerChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { type Random, normal, seededRandom, shuffled } from '@dtdqm/contract/random';
import { probability } from '../faults/judge.ts';
import type { LoadedModel } from '../model/loadedModel.ts';
import type { WeightSpec, Topology } from '../model/modelFolder.ts';
import { toOurs } from '../network/topology.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';

/** A chamber of one run with the truth about its layers, simulated or labelled. */
export interface Example {
  /** Splits take whole runs, so that no run is on both sides. */
  readonly run: number;
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
  readonly history: Matrix[];
  /** Length of each run of the history over that of this one; unknown when absent. */
  readonly exposures?: readonly number[] | undefined;
  /** Layers 1..12 at index 0..11: 1 bad, 0 good, null not known. */
  readonly bad: readonly (0 | 1 | null)[];
}

/** Layers as a network sees them, with the truth: one row of each tensor and one label a sample. */
export interface Samples {
  readonly tensors: Readonly<Record<string, Float32Array>>;
  /** 1 bad, 0 good; in between where only a probability is known. */
  readonly bad: Float32Array;
  /** How often each counts; once where absent. */
  readonly weight?: Float32Array | undefined;
  readonly count: number;
}

/** Example and row (0..11) of each sample. */
type Origins = readonly { readonly chamber: number; readonly row: number }[];

/** Prepares the layers of examples whose truth is known. */
export function samplesOf(
  preprocessing: Preprocessing,
  examples: readonly Example[],
): Samples & { readonly layers: Origins } {
  const all = preprocessing.prepare(examples.map(chamberWires));
  const known = all.layers.flatMap(({ chamber, row }, sample) =>
    examples[chamber]!.bad[row] === null ? [] : [sample],
  );
  const layers = known.map((sample) => all.layers[sample]!);
  return {
    tensors: Object.fromEntries(
      Object.entries(all.tensors).map(([name, values]) => [
        name,
        known.length === all.layers.length ? values : takeRows(values, all.layers.length, known),
      ]),
    ),
    bad: Float32Array.from(layers, ({ chamber, row }) => examples[chamber]!.bad[row]!),
    layers,
    count: known.length,
  };
}

/** The samples of some sets of examples as of one, in order. */
export function joinSamples(parts: readonly Samples[]): Samples {
  const names = Object.keys(parts[0]?.tensors ?? {});
  const join = (arrays: readonly Float32Array[]) => {
    const joined = new Float32Array(sumOf(arrays, ({ length }) => length));
    arrays.reduce((at, values) => (joined.set(values, at), at + values.length), 0);
    return joined;
  };
  return {
    tensors: Object.fromEntries(
      names.map((name) => [name, join(parts.map(({ tensors }) => tensors[name]!))]),
    ),
    bad: join(parts.map(({ bad }) => bad)),
    weight: parts.some(({ weight }) => weight)
      ? join(parts.map(({ weight, count }) => weight ?? new Float32Array(count).fill(1)))
      : undefined,
    count: sumOf(parts, ({ count }) => count),
  };
}

/** Some of the samples, in the order given. */
export function takeSamples({ tensors, bad, weight, count }: Samples, which: readonly number[]): Samples {
  const of = (values: Float32Array) => takeRows(values, count, which);
  return {
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, of(values)])),
    bad: of(bad),
    weight: weight && of(weight),
    count: which.length,
  };
}

/** Rows of a row-major tensor in the order given. */
function takeRows(values: Float32Array, rows: number, order: readonly number[]): Float32Array {
  const width = values.length / rows;
  const taken = new Float32Array(order.length * width);
  order.forEach((from, to) => taken.set(values.subarray(from * width, (from + 1) * width), to * width));
  return taken;
}

/** P(bad) of samples by a model's network alone. */
export function networkScores(
  { network, metadata }: Pick<LoadedModel, 'network' | 'metadata'>,
  { samples }: { readonly samples: Samples },
): Float32Array {
  return network
    .differences(samples.tensors, samples.count)
    .map((difference) => probability(difference, metadata.calibration));
}

/** Twelve scores for each chamber, -1 where there is no layer. @param layers chamber and row (0..11) of each score. */
export function byChamber(
  { layers, chambers }: { readonly layers: Origins; readonly chambers: number },
  scores: Float32Array,
): number[][] {
  const rows = Array.from({ length: chambers }, () => new Array<number>(rowsPerChamber).fill(noScore));
  layers.forEach(({ chamber, row }, sample) => (rows[chamber]![row] = scores[sample]!));
  return rows;
}

export interface FitSettings {
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Epochs without a better loss on the held-out samples before it stops. */
  readonly patience: number;
  /** How much more than its share of layers the bad class weighs; 1 keeps probabilities as the data have them. */
  readonly badWeight: number;
  /** Weights to go on from; drawn by the seed unless set. */
  readonly start?: Float32Array | undefined;
  readonly onEpoch?: ((epoch: EpochReport) => void) | undefined;
}

export interface EpochReport {
  readonly epoch: number;
  readonly loss: number;
  /** The loss on the samples themselves where none were held out. */
  readonly heldOutLoss: number;
}

export interface Fitted {
  readonly specs: WeightSpec[];
  readonly weights: Float32Array;
  readonly history: readonly EpochReport[];
  /** The epoch whose weights these are. */
  readonly epoch: number;
}

/**
 * Trains a network with Adam and a learning rate that falls along a cosine, on the backend in use. Keeps the weights of
 * the epoch with the least loss on the held-out samples, of the last one where there are none. Same seed and samples give the same
 * weights on one backend.
 */
export async function fit(
  topology: Topology,
  inputs: Preprocessing['inputs'],
  training: Samples,
  heldOut: Samples | null,
  settings: FitSettings,
): Promise<Fitted> {
  const random = seededRandom(settings.seed);
  const model = await models.modelFromJSON({ modelTopology: toOurs(topology) });
  if (settings.start) goOnFrom(model, settings.start);
  else initialise(model, random);
  const optimizer = new tf.AdamOptimizer(settings.learningRate, 0.9, 0.999, 1e-7);
  const history: EpochReport[] = [];
  let best: { epoch: number; loss: number; weights: Float32Array } | undefined;
  const order = Array.from({ length: training.count }, (_, index) => index);
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    setRate(optimizer, settings.learningRate * (0.02 + 0.98 * cosine((epoch - 1) / settings.epochs)));
    const loss = trainEpoch(model, optimizer, inputs, training, shuffled(order, random), settings);
    const heldOutLoss = heldOut ? lossOf(model, inputs, heldOut, settings.badWeight) : loss;
    history.push({ epoch, loss, heldOutLoss });
    settings.onEpoch?.({ epoch, loss, heldOutLoss });
    if (!best || !heldOut || heldOutLoss < best.loss)
      best = { epoch, loss: heldOutLoss, weights: weightsOf(model) };
    if (epoch - best.epoch >= settings.patience) break;
    // Lets progress be drawn and signals be heard.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const specs = model.weights.map(({ originalName, shape }) => ({
    name: originalName,
    shape: shape as number[],
  }));
  optimizer.dispose();
  model.dispose();
  return { specs, weights: best!.weights, history, epoch: best!.epoch };
}

function goOnFrom(model: LayersModel, weights: Float32Array): void {
  let offset = 0;
  const tensors = model.getWeights().map(({ shape }) => {
    const size = tf.util.sizeFromShape(shape);
    offset += size;
    return tf.tensor(weights.subarray(offset - size, offset), shape);
  });
  model.setWeights(tensors);
  tf.dispose(tensors);
}

/** tfjs draws initial weights from a generator of its own, unseeded: these are ours (He et al., 2015). */
function initialise(model: LayersModel, random: Random): void {
  const drawn = model.getWeights().map(({ shape }) => {
    const size = tf.util.sizeFromShape(shape);
    const fanIn = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
    const sd = shape.length > 1 ? Math.sqrt(2 / fanIn) : 0;
    return tf.tensor(
      Float32Array.from({ length: size }, () => sd * normal(random)),
      shape,
    );
  });
  model.setWeights(drawn);
  tf.dispose(drawn);
}

function trainEpoch(
  model: LayersModel,
  optimizer: tf.Optimizer,
  inputs: Preprocessing['inputs'],
  samples: Samples,
  order: readonly number[],
  { batchSize, badWeight }: FitSettings,
): number {
  let sum = 0;
  for (let first = 0; first < order.length; first += batchSize) {
    const rows = order.slice(first, first + batchSize);
    const values = tf.tidy(() => {
      const loss = () => lossOn(model, inputs, samples, rows, badWeight, true);
      return optimizer.minimize(loss, true)!.dataSync();
    });
    sum += values[0]! * rows.length;
  }
  return sum / order.length;
}

const lossRows = 8192;

function lossOf(
  model: LayersModel,
  inputs: Preprocessing['inputs'],
  samples: Samples,
  badWeight: number,
): number {
  let sum = 0;
  for (let first = 0; first < samples.count; first += lossRows) {
    const rows = Array.from(
      { length: Math.min(lossRows, samples.count - first) },
      (_, index) => first + index,
    );
    sum += tf.tidy(() => lossOn(model, inputs, samples, rows, badWeight, false).dataSync()[0]!) * rows.length;
  }
  return sum / samples.count;
}

/** Weighted cross entropy on logits. */
function lossOn(
  model: LayersModel,
  inputs: Preprocessing['inputs'],
  samples: Samples,
  rows: readonly number[],
  badWeight: number,
  training: boolean,
): tf.Scalar {
  const tensors = Object.entries(inputs).map(([name, shape]) =>
    tf.tensor(takeRows(samples.tensors[name]!, samples.count, rows), [rows.length, ...shape]),
  );
  const output = model.apply(tensors.length === 1 ? tensors[0]! : tensors, { training }) as tf.Tensor2D;
  const logits =
    output.shape[1] === 1
      ? tf.reshape(output, [rows.length])
      : tf.reshape(tf.matMul(output, tf.tensor2d([-1, 1], [2, 1])), [rows.length]);
  const bad = tf.tensor1d(Float32Array.from(rows, (row) => samples.bad[row]!));
  const entropy = tf.sub(tf.softplus(logits), tf.mul(bad, logits));
  const byClass = tf.add(tf.mul(bad, badWeight - 1), 1);
  const { weight } = samples;
  const weights = weight
    ? tf.mul(byClass, tf.tensor1d(Float32Array.from(rows, (row) => weight[row]!)))
    : byClass;
  return tf.div(tf.sum(tf.mul(entropy, weights)), tf.sum(weights));
}

function weightsOf(model: LayersModel): Float32Array {
  return Float32Array.from(model.getWeights().flatMap((weight) => Array.from(weight.dataSync())));
}

function cosine(progress: number): number {
  return (1 + Math.cos(Math.PI * progress)) / 2;
}

/** The optimizer keeps its rate in a field that its type hides. */
function setRate(optimizer: tf.AdamOptimizer, rate: number): void {
  (optimizer as unknown as { learningRate: number }).learningRate = rate;
}
