import { type Random, drawIndex, seededRandom } from '@dtdqm/contract/random';
import { sumOf } from '@dtdqm/contract/numbers';
import { scaledCells, type Dataset } from '../dataset.ts';
import type { Method } from './method.ts';

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
