import type { LoadedModel } from '../model/loadModel.ts';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { requirePullback, zerosLike } from './gradientAt.ts';

/** A place on the straight way between two states of a chamber: 0 is `from`, 1 is `to`. */
export interface Place {
  readonly from: ChamberWires;
  readonly to: ChamberWires;
  /** `to` less `from`, by wire. */
  readonly move: LayerWires;
  readonly at: number;
}

/** What the model says at a place. */
export interface Point {
  readonly at: number;
  /** logit(bad) - logit(good), of one layer or summed over all. */
  readonly logit: number;
  /** Its gradient by the hits of every wire; rows that do not matter hold none. */
  readonly gradient: LayerWires;
  /** Its slope along the whole way. */
  readonly slope: number;
}

/** @param layer whose logit it is; the sum over all layers without it. */
export function evaluatePoints(
  { preprocessing, network }: LoadedModel,
  places: readonly Place[],
  layer: number | undefined,
): Point[] {
  const pullback = requirePullback(preprocessing);
  const chambers = places.map(stateAt);
  const samples = preprocessing.prepare(chambers);
  const { differences, gradients } = network.differentiate(samples.tensors, samples.layers.length);
  const sizes = Object.values(gradients).map(
    (values) => [values, values.length / samples.layers.length] as const,
  );
  const logits = new Float64Array(places.length);
  samples.layers.forEach(({ chamber, row }, sample) => {
    if (layer === undefined || row === layer - 1) logits[chamber]! += differences[sample]!;
    else for (const [values, size] of sizes) values.fill(0, sample * size, (sample + 1) * size);
  });
  const pulled = chambers.map(zerosLike);
  pullback(
    chambers,
    samples,
    gradients,
    samples.layers.map(({ chamber }) => pulled[chamber]!),
  );
  return places.map(({ at, move }, index) => {
    const gradient = pulled[index]!;
    return { at, logit: logits[index]!, gradient, slope: product(gradient, move) };
  });
}

function stateAt({ from, to, move, at }: Place): ChamberWires {
  // The very objects at both ends: what was made of them before is made once.
  if (at === 1) return to;
  const layers = from.layers.map(
    (wires, row) => wires && wires.map((hits, wire) => hits + at * move[row]![wire]!),
  );
  return { ...to, layers, estimatesOf: to };
}

function product(a: LayerWires, b: LayerWires): number {
  let sum = 0;
  a.forEach((values, row) => {
    const others = b[row]!;
    for (let wire = 0; values && wire < values.length; wire++) sum += values[wire]! * others[wire]!;
  });
  return sum;
}
