import { sumOf } from '@dtdqm/contract/numbers';
import { drawIndex, type Random, seededRandom } from '@dtdqm/contract/random';
import { type Dataset, type Method, scaledCells } from './method.ts';

interface Node {
  readonly size: number;
  readonly split?: { readonly cell: number; readonly at: number; readonly below: Node; readonly above: Node };
}

const trees = 100;
const perTree = 256;
const deepest = Math.ceil(Math.log2(perTree));

/** Liu, Ting and Zhou (ICDM 2008), on the 47 scaled cells of a layer; it sees no labels. */
export const isolationForest: Method = {
  name: 'isolation forest',
  source: 'Pol et al., 2019; Liu et al., 2008',
  isProbability: false,
  train(training, _heldOut, seed) {
    const random = seededRandom(seed);
    const forest = Array.from({ length: trees }, () => {
      const sample = Array.from({ length: perTree }, () =>
        scaledCells(training, drawIndex(random, training.layers.length)),
      );
      return grow(sample, 0, random);
    });
    return (data: Dataset) =>
      Float32Array.from(data.layers, (_, layer) => {
        const cells = scaledCells(data, layer);
        const depth = sumOf(forest, (tree) => pathLength(tree, cells)) / trees;
        return 2 ** (-depth / averagePath(perTree));
      });
  },
};

function grow(sample: readonly Float32Array[], depth: number, random: Random): Node {
  const size = sample.length;
  if (size <= 1 || depth >= deepest) return { size };
  const cell = drawIndex(random, sample[0]!.length);
  const values = sample.map((cells) => cells[cell]!);
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (low === high) return { size };
  const at = low + (high - low) * random();
  const below = grow(sample.filter((cells) => cells[cell]! < at), depth + 1, random); // prettier-ignore
  const above = grow(sample.filter((cells) => cells[cell]! >= at), depth + 1, random); // prettier-ignore
  return { size, split: { cell, at, below, above } };
}

function pathLength(tree: Node, cells: Float32Array): number {
  let node = tree;
  let depth = 0;
  while (node.split) {
    node = cells[node.split.cell]! < node.split.at ? node.split.below : node.split.above;
    depth += 1;
  }
  return depth + averagePath(node.size);
}

/** Mean depth of an unsuccessful search in a binary tree of that many points. */
function averagePath(size: number): number {
  return size > 1 ? 2 * (Math.log(size - 1) + 0.5772156649) - (2 * (size - 1)) / size : 0;
}

const points = 400;
/** Share of training layers that may lie outside. */
const nu = 0.1;
const sweeps = 60;

/** Schölkopf et al. (2001) with a Gaussian kernel, on the 47 scaled cells of a layer; it sees no labels. */
export const oneClassSvm: Method = {
  name: 'one-class SVM',
  source: 'Pol et al., 2019; Schölkopf et al., 2001',
  isProbability: false,
  train(training, _heldOut, seed) {
    const random = seededRandom(seed);
    const sample = Array.from({ length: points }, () =>
      scaledCells(training, drawIndex(random, training.layers.length)),
    );
    const gamma = 1 / meanSquaredDistance(sample);
    const weights = solve(sample.map((a) => Float64Array.from(sample, (b) => kernel(a, b, gamma))));
    const support = sample.flatMap((cells, index) =>
      weights[index]! > 1e-9 ? [{ cells, weight: weights[index]! }] : [],
    );
    return (data: Dataset) =>
      Float32Array.from(data.layers, (_, layer) => {
        const cells = scaledCells(data, layer);
        return -sumOf(support, (vector) => vector.weight * kernel(vector.cells, cells, gamma));
      });
  },
};

/** Minimises a'Ka with sum 1 and 0 <= a <= 1 / (nu n) by moving weight between the two worst points of each step. */
function solve(matrix: readonly Float64Array[]): Float64Array {
  const n = matrix.length;
  const most = 1 / (nu * n);
  const weights = new Float64Array(n);
  for (let index = 0, left = 1; left > 0; index++, left -= most) weights[index] = Math.min(most, left);
  const gradient = Float64Array.from(matrix, (row) =>
    row.reduce((sum, value, j) => sum + value * weights[j]!, 0),
  );
  for (let step = 0; step < sweeps * n; step++) {
    let up = -1;
    let down = -1;
    for (let index = 0; index < n; index++) {
      if (weights[index]! < most && (up < 0 || gradient[index]! < gradient[up]!)) up = index;
      if (weights[index]! > 0 && (down < 0 || gradient[index]! > gradient[down]!)) down = index;
    }
    const gap = gradient[down]! - gradient[up]!;
    if (gap < 1e-5) break;
    const curvature = matrix[up]![up]! + matrix[down]![down]! - 2 * matrix[up]![down]!;
    const move = Math.min(gap / Math.max(curvature, 1e-12), weights[down]!, most - weights[up]!);
    weights[up]! += move;
    weights[down]! -= move;
    for (let index = 0; index < n; index++)
      gradient[index]! += move * (matrix[up]![index]! - matrix[down]![index]!);
  }
  return weights;
}

function kernel(a: Float32Array, b: Float32Array, gamma: number): number {
  return Math.exp(-gamma * squaredDistance(a, b));
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let cell = 0; cell < a.length; cell++) sum += (a[cell]! - b[cell]!) ** 2;
  return sum;
}

function meanSquaredDistance(sample: readonly Float32Array[]): number {
  let sum = 0;
  for (let index = 1; index < sample.length; index++)
    sum += squaredDistance(sample[index - 1]!, sample[index]!);
  return sum / (sample.length - 1);
}
