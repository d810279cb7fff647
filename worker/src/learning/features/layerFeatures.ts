import {
  layersOf,
  layersOfSuperlayer,
  superlayerOfLayer,
  wiresOf,
  type Matrix,
  type Station,
} from '@dtdqm/contract';

/** What {@link layerFeatures} tells of a layer, in order. */
export const featureNames = [
  'rate beside siblings',
  'worst window beside siblings',
  'worst window beside itself',
  'empty cells',
  'spike',
  'superlayer beside others',
  'statistics',
] as const;

const windowWires = 8;
/** Wires at either end that see fewer tracks. */
const edgeWires = 4;

/**
 * Seven plain numbers a layer that tell faults from health well enough to compare layers with each other: not a detector,
 * but the space in which learning strategies measure likeness. All of order one; 0 is ordinary.
 *
 * @returns layers 1..12; null where the station has no layer.
 */
export function layerFeatures(matrix: Matrix, station: Station): (number[] | null)[] {
  const layers = layersOf(station);
  const wires = matrix.map((row, index) => (layers.includes(index + 1) ? wiresOf(row) : []));
  const means = wires.map(mean);
  return wires.map((hits, row) => {
    if (hits.length === 0) return null;
    const superlayer = superlayerOfLayer(row + 1);
    const inSuperlayer = layersOfSuperlayer(superlayer);
    const siblings = inSuperlayer.filter((layer) => layer !== row + 1 && (wires[layer - 1]?.length ?? 0) > 0);
    const others = layers.filter((layer) => superlayerOfLayer(layer) !== superlayer);
    const meanOf = (layer: number) => means[layer - 1] as number;
    const rate = logRatio(means[row] as number, median(siblings.map(meanOf)));
    const zeros = (cells: readonly number[]) => cells.filter((count) => count === 0).length / cells.length;
    const superlayerMean = median(inSuperlayer.filter((layer) => layers.includes(layer)).map(meanOf));
    return [
      rate,
      worstWindow(
        hits,
        siblings.map((layer) => wires[layer - 1] as number[]),
      ),
      dip(hits),
      2 * zeros(hits),
      clip(Math.max(0, Math.log((Math.max(...hits) + 1) / (median(hits) + 1)) - 1), 3),
      logRatio(superlayerMean, median(others.map(meanOf))),
      Math.log10(0.05 + (means[row] as number)) / 2,
    ];
  });
}

/** Most significant shortage in any eight wires beside the median of the siblings there, in tens of standard deviations. */
function worstWindow(hits: readonly number[], siblings: readonly (readonly number[])[]): number {
  let worst = 0;
  for (let first = 0; first + windowWires <= hits.length; first += 2) {
    const sum = windowSum(hits, first);
    const expected = median(siblings.map((cells) => windowSum(cells, first)));
    // Siblings agree within about 3 %; eight wires within somewhat more.
    const deviation = (sum - expected) / Math.sqrt(expected + (0.05 * expected) ** 2 + 1);
    worst = Math.min(worst, deviation);
  }
  return clip(worst / 10, 3);
}

/** Deepest eight wires away from the edges, beside the layer's own middle: sees what hits all siblings at once. */
function dip(hits: readonly number[]): number {
  const middle = median(hits);
  let worst = 0;
  for (let first = edgeWires; first + windowWires <= hits.length - edgeWires; first += 2) {
    worst = Math.min(worst, logRatio(windowSum(hits, first) / windowWires, middle));
  }
  return worst;
}

function windowSum(cells: readonly number[], first: number): number {
  let sum = 0;
  for (let wire = first; wire < Math.min(cells.length, first + windowWires); wire += 1)
    sum += cells[wire] as number;
  return sum;
}

const logRatio = (value: number, reference: number) => clip(Math.log((value + 0.5) / (reference + 0.5)), 3);
const clip = (value: number, limit: number) => Math.max(-limit, Math.min(limit, value));
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
