import {
  chamberWires,
  type ChamberWires,
  original47,
  originalLength,
  shapeAndRate,
} from '@dtdqm/detector/engine';
import type { Example } from '../training/examples.ts';
import { samplesOf, type Samples } from '../training/samples.ts';

/** Layers with known truth, prepared once for every method. All arrays run over the same layers in the same order. */
export interface Dataset {
  readonly examples: readonly Example[];
  readonly chambers: readonly ChamberWires[];
  readonly layers: readonly { readonly chamber: number; readonly row: number }[];
  /** 1 bad, 0 good. */
  readonly bad: Float32Array;
  /** Each layer alone, resized to 47 and divided by its maximum, row-major. */
  readonly scaled: Samples;
  /** Features of the detector. */
  readonly features: Samples;
}

export function datasetOf(examples: readonly Example[]): Dataset {
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
