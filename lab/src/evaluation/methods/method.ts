import type { Dataset } from '../dataset.ts';

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
