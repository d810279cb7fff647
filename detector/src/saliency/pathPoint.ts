import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { requirePullback, zerosLike } from './gradientAt.ts';
import type { Way } from './ways.ts';

/** A place along a way: 0 is where it begins, 1 where it ends. */
export interface Place {
  readonly way: Way;
  readonly at: number;
}

/** What the model says at a place. */
export interface Point {
  readonly at: number;
  /** logit(bad) - logit(good), summed over the layers that count. */
  readonly logit: number;
  /** Its gradient by the hits of every wire. */
  readonly gradient: LayerWires;
  /** Its slope along the whole way. */
  readonly slope: number;
}

export function evaluatePoints({ preprocessing, network }: LoadedModel, places: readonly Place[]): Point[] {
  const pullback = requirePullback(preprocessing);
  const chambers = places.map(stateAt);
  const all = preprocessing.prepare(chambers);
  const wanted = all.layers.flatMap(({ chamber, row }, sample) =>
    places[chamber]!.way.counts[row] ? [sample] : [],
  );
  const layers = wanted.map((sample) => all.layers[sample]!);
  const tensors = Object.fromEntries(
    Object.entries(all.tensors).map(([name, values]) => [name, pick(values, all.layers.length, wanted)]),
  );
  const { differences, gradients } = network.differentiate(tensors, layers.length);
  const logits = new Float64Array(places.length);
  layers.forEach(({ chamber }, sample) => (logits[chamber]! += differences[sample]!));
  const pulled = chambers.map(zerosLike);
  const destinations = layers.map(({ chamber }) => pulled[chamber]!);
  pullback(chambers, { layers, tensors }, gradients, destinations);
  return places.map(({ at, way }, index) => {
    const gradient = pulled[index]!;
    return { at, logit: logits[index]!, gradient, slope: product(gradient, way.move) };
  });
}

function stateAt({ way: { chamber, from, move }, at }: Place): ChamberWires {
  const layers = from.map((wires, row) => wires && wires.map((hits, wire) => hits + at * move[row]![wire]!));
  return { ...chamber, layers, estimatesOf: chamber };
}

/** Rows of a row-major tensor. */
function pick(values: Float32Array, rows: number, wanted: readonly number[]): Float32Array {
  const size = values.length / rows;
  const picked = new Float32Array(wanted.length * size);
  wanted.forEach((row, index) => {
    picked.set(values.subarray(row * size, (row + 1) * size), index * size);
  });
  return picked;
}

function product(a: LayerWires, b: LayerWires): number {
  let sum = 0;
  a.forEach((values, row) => {
    const others = b[row]!;
    for (let wire = 0; values && wire < values.length; wire++) sum += values[wire]! * others[wire]!;
  });
  return sum;
}
