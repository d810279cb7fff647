import { layersPerSuperlayer, type Fault } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import { cellEvidence, greatestStretch, hotCells, noStretch } from '../features/evidence.ts';
import { rateError } from '../features/features.ts';
import { logRatio, middleOfSiblings } from '../features/levels.ts';
import { findStretch, highLevels } from './regions.ts';

/** Hits of a layer over those of the middle one of its siblings from which it is hot, and by how many standard deviations. */
const hotFrom = 1.12;
const hotDeviations = 3.2;
/** Nats for "twice as hot" of a stretch that is noisy, and its least width: fewer wires are noisy cells, each by itself. */
const noisyNats = 12;
const leastNoisy = 4;
/** A stretch that takes more than this share of the layer is the layer. */
const wholeFrom = 0.7;

/** What wires of healthy layers differ by, however many hits there are (sd). */
const wireSpread = 0.03;

const evidence = new Float64Array(512);
const stretch = noStretch();

/**
 * A layer that counts more than its siblings as a whole, or some neighbouring wires of it: hot voltage, a low threshold, noise.
 *
 * @param row 0..11.
 * @param expected hits per wire were the layer healthy.
 */
export function excessOf(
  view: ChamberView,
  row: number,
  hits: Float64Array,
  expected: Float64Array,
): Fault | undefined {
  const columns = view.columns[row]!;
  cellEvidence(hits, expected, view.dispersion, hotCells, evidence);
  greatestStretch(evidence, hits.length, stretch);
  const { found, middle } = middleOfSiblings(view.superlayers[row >> 2]!.aligned, row % layersPerSuperlayer);
  const rate = logRatio(found, middle);
  const nats = stretch.evidence;
  if (nats <= noisyNats && rate < Math.log(hotFrom)) return undefined;
  const { first, last } = findStretch(
    hits,
    { expected, variance: view.dispersion, spread: wireSpread },
    highLevels,
  );
  const width = last - first + 1;
  if (nats > noisyNats && width >= leastNoisy && width < wholeFrom * hits.length) {
    const ratio = sum(hits.subarray(first, last + 1)) / Math.max(sum(expected.subarray(first, last + 1)), 1);
    return {
      kind: 'noisy-region',
      layers: [row + 1],
      wires: { first: columns[first]! + 1, last: columns[last]! + 1 },
      confidence: certainty(nats / 2),
      ratio: rounded(ratio),
      note: 'neighbouring wires count more than those beside them; usual cause: noise, or a low threshold',
    };
  }
  const deviations = rate / Math.hypot(rateError(found, middle, view.blockDispersion), view.layerScatter / 2);
  if (rate < Math.log(hotFrom) || deviations < hotDeviations) return undefined;
  return {
    kind: 'hot-layer',
    layers: [row + 1],
    wires: { first: columns[0]! + 1, last: columns.at(-1)! + 1 },
    confidence: certainty(deviations),
    ratio: rounded(Math.exp(rate)),
    note: 'the layer counts more than its siblings; usual cause: a low threshold, or too high a voltage',
  };
}

/**
 * What layers of a superlayer count too much together, one fault of all: neighbouring wires, or the whole superlayer. See `noiseOf`.
 */
export function sharedExcess({ noise, superlayers, columns }: ChamberView): Fault[] {
  const wiresOf = (row: number, first: number, last: number) => {
    const { nearest } = superlayers[row >> 2]!.grid;
    const wireAt = (column: number) => columns[row]![nearest[row % layersPerSuperlayer]![column]!]! + 1;
    return { first: wireAt(first), last: wireAt(last) };
  };
  const noisy = noise.columns.map(({ rows, first, last, ratio, deviations }) => ({
    kind: 'noisy-region' as const,
    layers: rows.map((row) => row + 1),
    wires: wiresOf(rows[0]!, first, last),
    confidence: certainty(deviations / 2),
    ratio: rounded(ratio),
    note: 'neighbouring wires of several layers count more than those beside them; usual cause: noise on a front-end board, or a low threshold of it',
  }));
  const hot = noise.hot.map(({ index, ratio, deviations }) => {
    const rows = [0, 1, 2, 3].map((own) => layersPerSuperlayer * index + own).filter((row) => columns[row]);
    return {
      kind: 'hot-layer' as const,
      layers: rows.map((row) => row + 1),
      wires: wiresOf(rows[0]!, 0, superlayers[index]!.grid.width - 1),
      confidence: certainty(deviations),
      ratio: rounded(ratio),
      note: 'the superlayer counts more than the others and than is expected of the chamber; usual cause: low thresholds, or noise',
    };
  });
  return [...noisy, ...hot];
}

function certainty(deviations: number): number {
  return rounded(1 - Math.exp(-deviations / 2));
}

function rounded(value: number): number {
  return Math.round(1000 * value) / 1000;
}
