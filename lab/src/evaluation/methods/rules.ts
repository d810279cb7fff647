import { median, sum, sumOf, variance as populationVariance } from '@dtdqm/contract/numbers';
import { atWires, onColumns } from '@dtdqm/detector/engine';
import { type Dataset, rule, scaledCells, wiresOfLayer } from './method.ts';

/** What the shifters' alarm looks at today. */
export const zeroCells = rule('zero-cell fraction', 'production alarm (design, section 2)', (data, layer) =>
  shareOfZeros(wiresOfLayer(data, layer)),
);

const leastHits = 2200;
const deadInARow = 7;

/**
 * CMSSW's DTOccupancyTest as a score: status 1-4 by the share of live cells, and at least status 1 when seven
 * neighbouring cells are dead; nothing is said of a chamber with few hits.
 */
export const cmsswOccupancyTest = rule(
  'CMSSW DTOccupancyTest',
  'CMSSW, DQM/DTMonitorClient',
  (data, layer) => {
    if (hitsOfChamber(data, layer) < leastHits) return 0;
    const wires = wiresOfLayer(data, layer);
    const live = 1 - shareOfZeros(wires);
    const status = [0.9, 0.75, 0.5, 0.2].filter((limit) => live < limit).length;
    return Math.max(status, longestDead(wires) >= deadInARow ? 1 : 0);
  },
);

export const variance = rule('variance', 'Pol et al., 2019 (arXiv:1808.00911)', (data, layer) => {
  return populationVariance(scaledCells(data, layer));
});

export const sobel = rule('Sobel filter', 'Pol et al., 2019 (arXiv:1808.00911)', (data, layer) => {
  const cells = scaledCells(data, layer);
  let greatest = 0;
  for (let cell = 1; cell + 1 < cells.length; cell++) {
    greatest = Math.max(greatest, Math.abs(cells[cell + 1]! - cells[cell - 1]!));
  }
  return greatest;
});

const window = 8;

/** What a layer's rate and its worst eight cells lack against the median sibling, in standard deviations. */
export const siblingComparison = rule(
  'comparison with siblings',
  'plain statistic (design, section 2)',
  (data, layer) => {
    const { chamber, row } = data.layers[layer]!;
    const own = wiresOfLayer(data, layer);
    const { layers, grids } = data.chambers[chamber]!;
    const grid = grids[row >> 2]!;
    const siblings = [0, 1, 2, 3]
      .filter((other) => other !== (row & 3))
      .map((other) => atWires(onColumns(layers[(row & ~3) + other]!, grid, other), grid, row & 3));
    const expectedIn = (first: number, last: number) =>
      median(siblings.map((hits) => sum(hits.subarray(first, last))));
    const found = sum(own);
    const wanted = expectedIn(0, own.length);
    let worst = lack(found, wanted);
    const scale = wanted > 0 ? Math.min(1, found / wanted) : 1;
    for (let first = 0; first + window <= own.length; first++) {
      worst = Math.max(
        worst,
        lack(sum(own.subarray(first, first + window)), scale * expectedIn(first, first + window)),
      );
    }
    return worst;
  },
);

function lack(found: number, expected: number): number {
  return (expected - found) / Math.sqrt(1.5 * expected + (0.05 * expected) ** 2 + 1);
}

function shareOfZeros(wires: Float64Array): number {
  return wires.filter((hits) => hits === 0).length / wires.length;
}

function longestDead(wires: Float64Array): number {
  let longest = 0;
  let current = 0;
  for (const hits of wires) {
    current = hits === 0 ? current + 1 : 0;
    if (current > longest) longest = current;
  }
  return longest;
}

function hitsOfChamber({ chambers, layers }: Dataset, layer: number): number {
  return sumOf(chambers[layers[layer]!.chamber]!.layers, (wires) => (wires ? sum(wires) : 0));
}
