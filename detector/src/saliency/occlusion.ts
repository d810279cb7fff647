import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../scoreChambers.ts';
import { baselinesOf, zerosLike, type Saliency } from './saliency.ts';

/** Wires replaced at a time, about a front-end board's share of a layer; windows begin at every half of that. */
const smallestWindow = 4;
/** Windows of one chamber, at most: where more differs from the healthy chamber they are wider. */
const mostWindows = 64;

interface Window {
  readonly row: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Occlusion (Zeiler and Fergus, 2014), the other way round: windows of a layer are replaced by the healthy baseline, and
 * each wire that differs from it gets its share of what logit(bad) - logit(good) lost by it. Positive: speaks for bad. Units:
 * logits. Needs no gradient, and nothing at all where a chamber is its own baseline.
 */
export const occlusion: Saliency = (model, chambers, { layer }) => {
  const baselines = baselinesOf(model, chambers);
  return chambers.map((chamber, index) => {
    const healthy = baselines[index]!;
    const windows = windowsOf(chamber.layers, healthy.layers);
    if (windows.length === 0) return zerosLike(chamber);
    const replaced = windows.map((window) => replaceWindow(chamber, healthy, window));
    const [asIs, ...changed] = targets(model, [chamber, ...replaced], layer);
    return share(
      chamber,
      healthy,
      windows,
      changed.map((target) => asIs! - target),
    );
  });
};

/** Windows in which wires differ from the healthy ones, each as wide as it takes for them to be few enough. */
function windowsOf(layers: LayerWires, healthy: LayerWires): Window[] {
  for (let size = smallestWindow; ; size *= 2) {
    const windows = layers.flatMap((wires, row) => {
      const own: Window[] = [];
      for (let first = 1 - size / 2; wires && first < wires.length; first += size / 2) {
        const window = { row, first: Math.max(0, first), last: Math.min(first + size, wires.length) - 1 };
        if (wiresIn(window).some((wire) => wires[wire] !== healthy[row]![wire])) own.push(window);
      }
      return own;
    });
    if (windows.length <= mostWindows || size > 512) return windows;
  }
}

function wiresIn({ first, last }: Window): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
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
  return { ...chamber, layers, estimatesOf: chamber };
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

/** The mean over the windows that hold a wire of its share of the window's loss, equal among the wires that differ. */
function share(
  chamber: ChamberWires,
  healthy: ChamberWires,
  windows: readonly Window[],
  losses: readonly number[],
): LayerWires {
  const sums = zerosLike(chamber);
  const counts = zerosLike(chamber);
  windows.forEach((window, index) => {
    const { row } = window;
    const differ = wiresIn(window).filter(
      (wire) => chamber.layers[row]![wire] !== healthy.layers[row]![wire],
    );
    for (const wire of differ) {
      sums[row]![wire]! += losses[index]! / differ.length;
      counts[row]![wire]! += 1;
    }
  });
  sums.forEach((values, row) =>
    values?.forEach((sum, wire) => (values[wire] = sum / Math.max(1, counts[row]![wire]!))),
  );
  return sums;
}
