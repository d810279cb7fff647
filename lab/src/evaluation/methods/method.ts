import type { SimulatedExample } from '@dtdqm/simulator/detector';
import {
  chamberWires,
  type ChamberWires,
  original47,
  originalLength,
  shapeAndRate,
} from '@dtdqm/detector/engine';
import { type Example, type Samples, samplesOf } from '@dtdqm/detector/training';

/** Scores every layer of a dataset; higher is worse. */
export type LayerScorer = (data: Dataset) => Float32Array;

/** A way to tell bad layers from good ones. */
export interface Method {
  readonly name: string;
  readonly source: string;
  /** Whether scores are meant as probabilities. */
  readonly isProbability: boolean;
  /** Learns what it has to from training data; rules ignore them. */
  train(training: Dataset, heldOut: Dataset, seed: number): Promise<LayerScorer> | LayerScorer;
}

/** A method that looks at layers one by one and learns nothing. */
export function rule(name: string, source: string, judge: (data: Dataset, layer: number) => number): Method {
  const score: LayerScorer = (data) => Float32Array.from(data.layers, (_, layer) => judge(data, layer));
  return { name, source, isProbability: false, train: () => score };
}

/** A chamber to measure on; what was injected is known of simulated ones. */
export type MeasuredExample = Example & Partial<Pick<SimulatedExample, 'faults'>>;

/** Layers with known truth, prepared once for every method. All arrays run over the same layers in the same order. */
export interface Dataset {
  readonly examples: readonly MeasuredExample[];
  readonly chambers: readonly ChamberWires[];
  readonly layers: readonly { readonly chamber: number; readonly row: number }[];
  /** 1 bad, 0 good. */
  readonly bad: Float32Array;
  /** Each layer alone, resized to 47 and divided by its maximum, row-major. */
  readonly scaled: Samples;
  /** Features of the detector. */
  readonly features: Samples;
}

export function datasetOf(examples: readonly MeasuredExample[]): Dataset {
  const scaled = samplesOf(original47, examples);
  const features = samplesOf(shapeAndRate, examples);
  const { layers, bad } = features;
  return { examples, chambers: examples.map(chamberWires), layers, bad, scaled, features };
}

/** The 47 scaled cells of one layer of a dataset. */
export function scaledCells({ scaled }: Dataset, layer: number): Float32Array {
  return scaled.tensors.layer!.subarray(layer * originalLength, (layer + 1) * originalLength);
}

/** Hits per wire of one layer of a dataset. */
export function wiresOfLayer({ chambers, layers }: Dataset, layer: number): Float64Array {
  const { chamber, row } = layers[layer]!;
  return chambers[chamber]!.layers[row]!;
}
