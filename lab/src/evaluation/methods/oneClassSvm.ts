import { drawIndex, seededRandom } from '@dtdqm/contract/random';
import { sumOf } from '@dtdqm/contract/numbers';
import { scaledCells, type Dataset } from '../dataset.ts';
import type { Method } from './method.ts';

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
