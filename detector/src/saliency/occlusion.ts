import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../scoreChambers.ts';
import { baselineOf, zerosLike, type Saliency } from './saliency.ts';

/** Wires replaced at a time, about a front-end board's share of a layer, and how far one window is from the next. */
const windowSize = 4;
const stride = 2;

interface Window {
  readonly row: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Occlusion (Zeiler and Fergus, 2014), the other way round: windows of a layer are replaced by the healthy baseline, and
 * each wire gets its share of what logit(bad) - logit(good) lost by it. Positive: speaks for bad. Units: logits. Needs no
 * gradient, and takes hundreds of times as long as a score.
 */
export const occlusion: Saliency = (model, chambers, { layer }) =>
  chambers.map((chamber) => {
    const windows = windowsOf(chamber.layers);
    const healthy = baselineOf(model.preprocessing, chamber);
    const replaced = windows.map((window) => replaceWindow(chamber, healthy, window));
    const [asIs, ...changed] = targets(model, [chamber, ...replaced], layer);
    return share(
      chamber,
      windows,
      changed.map((target) => asIs! - target),
    );
  });

function windowsOf(layers: LayerWires): Window[] {
  return layers.flatMap((wires, row) => {
    const windows: Window[] = [];
    for (let first = 1 - stride; wires && first < wires.length; first += stride) {
      const last = Math.min(first + windowSize, wires.length) - 1;
      windows.push({ row, first: Math.max(0, first), last });
    }
    return windows;
  });
}

function replaceWindow(
  chamber: ChamberWires,
  healthy: ChamberWires,
  { row, first, last }: Window,
): ChamberWires {
  const layers = [...chamber.layers];
  const wires = layers[row]!.slice();
  wires.set(healthy.layers[row]!.subarray(first, last + 1), first);
  layers[row] = wires;
  return { ...chamber, layers };
}

/** What is explained, for each variant of the chamber. */
function targets(
  { preprocessing, network }: LoadedModel,
  variants: readonly ChamberWires[],
  layer: number | undefined,
): Float64Array {
  const samples = preprocessing.prepare(variants);
  const differences = network.differences(samples.tensors, samples.layers.length);
  const result = new Float64Array(variants.length);
  samples.layers.forEach(({ chamber, row }, sample) => {
    if (layer === undefined || row === layer - 1) result[chamber]! += differences[sample]!;
  });
  return result;
}

/** The mean over the windows that hold a wire of its equal share of the window's loss. */
function share(chamber: ChamberWires, windows: readonly Window[], losses: readonly number[]): LayerWires {
  const sums = zerosLike(chamber);
  const counts = zerosLike(chamber);
  windows.forEach(({ row, first, last }, index) => {
    for (let wire = first; wire <= last; wire++) {
      sums[row]![wire]! += losses[index]! / (last - first + 1);
      counts[row]![wire]! += 1;
    }
  });
  sums.forEach((values, row) => values?.forEach((sum, wire) => (values[wire] = sum / counts[row]![wire]!)));
  return sums;
}
