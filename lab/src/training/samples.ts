import { chamberWires, type Preprocessing } from '@dtdqm/detector/engine';
import type { Example } from './examples.ts';

/** Layers as a network sees them, with the truth. One row of each tensor, label, weight and origin per sample. */
export interface Samples {
  readonly tensors: Readonly<Record<string, Float32Array>>;
  /** 1 bad, 0 good. */
  readonly bad: Float32Array;
  /** Example and row (0..11) of each sample. */
  readonly layers: readonly { readonly chamber: number; readonly row: number }[];
  readonly count: number;
}

/** Prepares the layers of examples whose truth is known. */
export function samplesOf(preprocessing: Preprocessing, examples: readonly Example[]): Samples {
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

/** Rows of a row-major tensor in the order given. */
export function takeRows(values: Float32Array, rows: number, order: readonly number[]): Float32Array {
  const width = values.length / rows;
  const taken = new Float32Array(order.length * width);
  order.forEach((from, to) => taken.set(values.subarray(from * width, (from + 1) * width), to * width));
  return taken;
}
