import {
  layersOf,
  layersOfSuperlayer,
  noWire,
  superlayerOfLayer,
  wiresOf,
  type Matrix,
  type Station,
} from '@dtdqm/contract';
import { mean, median, standardDeviation } from '@dtdqm/contract/numbers';

const windowWires = 8;
/** Wires at either end that see fewer tracks. */
const edgeWires = 4;

/**
 * Seven plain numbers a layer that tell faults from health well enough to compare layers with each other: not a detector,
 * but the space in which strategies measure likeness. All of order one; 0 is ordinary. In order: rate beside the siblings
 * in its superlayer, worst window of eight wires beside the siblings, the same beside its own middle, empty cells, spike,
 * superlayer beside the others, statistics.
 *
 * @returns layers 1..12; null where the station has no layer.
 */
export function layerFeatures(matrix: Matrix, station: Station): (number[] | null)[] {
  const layers = layersOf(station);
  const wires = matrix.map((row, index) => (layers.includes(index + 1) ? wiresOf(row) : []));
  const means = wires.map((hits) => (hits.length > 0 ? mean(hits) : 0));
  return wires.map((hits, row) => {
    if (hits.length === 0) return null;
    const superlayer = superlayerOfLayer(row + 1);
    const inSuperlayer = layersOfSuperlayer(superlayer);
    const siblings = inSuperlayer.filter((layer) => layer !== row + 1 && (wires[layer - 1]?.length ?? 0) > 0);
    const others = layers.filter((layer) => superlayerOfLayer(layer) !== superlayer);
    const meanOf = (layer: number) => means[layer - 1] as number;
    const rate = logRatio(means[row] as number, typical(siblings.map(meanOf)));
    const zeros = (cells: readonly number[]) => cells.filter((count) => count === 0).length / cells.length;
    const superlayerMean = typical(inSuperlayer.filter((layer) => layers.includes(layer)).map(meanOf));
    return [
      rate,
      worstWindow(
        matrix[row] as number[],
        siblings.map((layer) => matrix[layer - 1] as number[]),
      ),
      dip(hits),
      2 * zeros(hits),
      clip(Math.max(0, Math.log((Math.max(...hits) + 1) / (typical(hits) + 1)) - 1), 3),
      logRatio(superlayerMean, typical(others.map(meanOf))),
      Math.log10(0.05 + (means[row] as number)) / 2,
    ];
  });
}

/**
 * Most significant shortage in any eight wires beside the median of what the siblings have in the same columns, in tens of standard deviations.
 *
 * @param own row of the histogram, as are `siblings`.
 */
function worstWindow(own: readonly number[], siblings: readonly (readonly number[])[]): number {
  let worst = 0;
  const columns = own.flatMap((hits, column) => (hits === noWire ? [] : [column]));
  for (let first = 0; first + windowWires <= columns.length; first += 2) {
    const there: number[] = [];
    for (const row of siblings) {
      const hits = windowMean(row, columns, first);
      if (!Number.isNaN(hits)) there.push(hits);
    }
    const expected = windowWires * typical(there);
    // Siblings agree within about 3 %; eight wires within somewhat more.
    const deviation =
      (windowWires * windowMean(own, columns, first) - expected) /
      Math.sqrt(expected + (0.05 * expected) ** 2 + 1);
    worst = Math.min(worst, deviation);
  }
  return clip(worst / 10, 3);
}

/** Hits a wire in the window that begins at this one of the columns; NaN without a wire. A loop, as every run asks for 200,000 of them. */
function windowMean(row: readonly number[], columns: readonly number[], first: number): number {
  let hits = 0;
  let wires = 0;
  for (let index = first; index < first + windowWires; index += 1) {
    const count = row[columns[index] as number] as number;
    if (count === noWire) continue;
    hits += count;
    wires += 1;
  }
  return hits / wires;
}

/** Deepest eight wires away from the edges, beside the layer's own middle: sees what hits all siblings at once. */
function dip(hits: readonly number[]): number {
  const middle = typical(hits);
  let worst = 0;
  for (let first = edgeWires; first + windowWires <= hits.length - edgeWires; first += 2) {
    worst = Math.min(worst, logRatio(mean(hits.slice(first, first + windowWires)), middle));
  }
  return worst;
}

const logRatio = (value: number, reference: number) => clip(Math.log((value + 0.5) / (reference + 0.5)), 3);
const clip = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));
/** 0 where there is nothing to compare with. */
const typical = (values: readonly number[]) => (values.length > 0 ? median(values) : 0);

type Standardise = (features: readonly number[]) => number[];

/** Beyond this many deviations a feature is simply extreme: a dead chamber must not outweigh all others a hundredfold. */
const extreme = 5;

/** Maps features to mean 0 and standard deviation 1 over the sample, cut at 5; a constant feature becomes 0. */
export function standardiser(sample: readonly (readonly number[])[]): Standardise {
  const width = sample[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) => sample.map((row) => row[column] as number));
  const means = columns.map(mean);
  const deviations = columns.map(standardDeviation);
  return (features) =>
    features.map((value, column) => {
      const deviation = deviations[column] ?? 0;
      if (deviation < 1e-9) return 0;
      return Math.max(-extreme, Math.min(extreme, (value - (means[column] as number)) / deviation));
    });
}

/** Euclidean distance. A loop, as k-center asks for a million of them. */
export function distance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += ((a[index] as number) - (b[index] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

/**
 * How rare a layer's features are among the background, all together: 0 for the middle, 1 for beyond all in every feature.
 * Needs no label. By ranks, so that no feature drowns the others.
 *
 * Source: Z. Li et al., ECOD: unsupervised outlier detection using empirical cumulative distribution functions,
 * IEEE Transactions on Knowledge and Data Engineering 35 (2023) 12181.
 */
export function outlierness(
  background: readonly (readonly number[])[],
): (features: readonly number[]) => number {
  const width = background[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, column) =>
    background.map((row) => row[column] as number).sort((a, b) => a - b),
  );
  const size = background.length + 1;
  const rarest = width * Math.log(size / 2);
  return (features) => {
    const rarity = columns.reduce((sum, sorted, column) => {
      const value = features[column] ?? 0;
      const beyond = Math.min(countBelow(sorted, value, true), sorted.length - countBelow(sorted, value));
      return sum - Math.log(Math.min(1, (2 * (1 + beyond)) / size));
    }, 0);
    return rarest > 0 ? Math.min(1, rarity / rarest) : 0;
  };
}

/** How many values are less (or not greater) than the one given, by bisection. */
function countBelow(sorted: readonly number[], value: number, orEqual = false): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = sorted[middle] as number;
    if (at < value || (orEqual && at === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
