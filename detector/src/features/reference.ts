import { sum } from '@dtdqm/contract/numbers';
import type { LayerWires } from '../prepare/chamberWires.ts';
import { atWires } from '../prepare/grid.ts';
import type { ChamberView, SuperlayerView } from './chamberView.ts';
import { byColumn, fourLayersOf, smooth, type FourLayers } from './siblings.ts';

/**
 * What does change is smooth, and the same for all layers of a superlayer. Slope and arch along the wires, logarithm, sd: 0.08 over a
 * year (0.03 in phi, 0.13 in theta; runs 272011 and 302634, wheel -2, MB1, sector 2).
 */
export const trendSpread = 0.08;
const scaled = new Float64Array(512);

/** What the wires of a layer are expected to count. */
export interface Reference {
  /** Over each other, in counts that were made of it. */
  readonly expected: Float64Array;
  /** Its variance over its mean. */
  readonly error: number;
  /** Hits of the layer over that, as its siblings and what it was beside them before let expect. */
  readonly scale: number;
  /** Error of that beside counting, sd of the logarithm. */
  readonly scaleError: number;
}

/** References of the four layers of a superlayer, made when they are asked for first. */
const known = new WeakMap<SuperlayerView, readonly Reference[]>();

export function referencesOf(view: ChamberView, index: number): readonly Reference[] {
  const superlayer = view.superlayers[index]!;
  let references = known.get(superlayer);
  if (!references) known.set(superlayer, (references = referencesBy(view, index, view.history?.hits)));
  return references;
}

/** The same by all that runs before counted, noisy wires as well: by nothing is a layer known better whose wires stand elsewhere now. */
export function fingerprintsOf(view: ChamberView, index: number): readonly Reference[] {
  const { counted, hits } = view.history ?? {};
  const isSame = !counted || [0, 1, 2, 3].every((own) => counted[4 * index + own] === hits![4 * index + own]);
  return isSame ? referencesOf(view, index) : referencesBy(view, index, counted);
}

function referencesBy(view: ChamberView, index: number, runsBefore: LayerWires | undefined): Reference[] {
  const superlayer = view.superlayers[index]!;
  const past = runsBefore && fourLayersOf(runsBefore, superlayer.grid, index);
  const before = past ? byColumn(past, superlayer.grid) : undefined;
  const dispersion = Math.max(view.dispersion, view.blockDispersion);
  return [0, 1, 2, 3].map((own) => referenceOf(superlayer, before, own, dispersion));
}

/** A layer differs from its siblings by so much for good, sd of the logarithm. */
const siblingSpread = 0.02;

/**
 * Of its siblings in this run and of all four layers in good runs before, which have the same shape. Of what a wire differs by from its
 * neighbours only so much is believed as is more than counting gives.
 *
 * @param dispersion variance over mean of counts.
 */
function referenceOf(
  { aligned, grid }: SuperlayerView,
  past: FourLayers | undefined,
  own: number,
  dispersion: number,
): Reference {
  const counts = new Float64Array(grid.width);
  sumOfSiblings(aligned, own, counts);
  const now = sum(counts);
  let ratio = 0;
  let scaleError = siblingSpread;
  if (past) {
    const before = new Float64Array(grid.width);
    sumOfSiblings(past, own, before);
    const ofSiblings = sum(before);
    const ofOwn = sum(past[own]!);
    if (ofSiblings > 0 && ofOwn > 0) {
      const scale = now / ofSiblings;
      for (let column = 0; column < counts.length; column++) scaled[column] = scale * before[column]!;
      fitTrend(counts, scaled, 1 + scale, trendSpread);
      for (let column = 0; column < counts.length; column++) {
        const along = (2 * column) / (counts.length - 1) - 1;
        const drift = Math.exp(trend.slope * along + trend.arch * (2 * along * along - 1));
        counts[column]! += drift * (before[column]! + past[own]![column]!);
      }
      const counting = dispersion * (1 / ofSiblings + 1 / ofOwn);
      ratio = (Math.log((3 * ofOwn) / ofSiblings) * siblingSpread ** 2) / (siblingSpread ** 2 + counting);
      scaleError = siblingSpread * Math.sqrt(counting / (siblingSpread ** 2 + counting));
    }
  }
  const expected = Float64Array.from(counts);
  smooth(expected, far);
  const nearby = Float64Array.from(counts);
  smooth(nearby, near);
  believe(nearby, dispersion * (1 / (2 * near + 1) - 1 / (2 * far + 1)), expected);
  const believed = believe(counts, dispersion * (1 - 1 / (2 * near + 1)), expected);
  return {
    expected: atWires(expected, grid, own),
    error: Math.max(believed, 1 / (2 * near + 1)),
    scale: (Math.exp(ratio) * now) / 3 / Math.max(sum(expected), 1e-9),
    scaleError,
  };
}

/** Of three siblings by column; one that is dead or noisy there is held near the middle one. */
function sumOfSiblings(layers: FourLayers, own: number, into: Float64Array): void {
  const a = layers[((own + 1) & 3) as 0]!;
  const b = layers[((own + 2) & 3) as 0]!;
  const c = layers[((own + 3) & 3) as 0]!;
  for (let column = 0; column < into.length; column++) {
    const [x, y, z] = [a[column]!, b[column]!, c[column]!];
    const low = Math.min(x, y, z);
    const high = Math.max(x, y, z);
    const middle = x + y + z - low - high;
    into[column] = middle + Math.min(high, 1.5 * middle + 4) + Math.max(low, (middle - 4) / 1.5);
  }
}

/**
 * Takes an expectation nearer to what was counted, by the share of their scatter that is more than counting gives.
 *
 * @param counting variance over mean that counting gives their difference.
 * @returns that share.
 */
function believe(counted: Float64Array, counting: number, expected: Float64Array): number {
  let [scatter, usual] = [0, 0];
  for (let column = 0; column < counted.length; column++) {
    scatter += (counted[column]! - expected[column]!) ** 2;
    usual += counting * expected[column]!;
  }
  const share = Math.max(0, 1 - usual / Math.max(scatter, 1e-9));
  for (let column = 0; column < counted.length; column++) {
    expected[column]! += share * (counted[column]! - expected[column]!);
  }
  return share;
}

/** Wires to either side that tell what a wire counts where it has nothing of its own, and what these do where they have not. */
const near = 3;
const far = 12;

/**
 * What a smooth drift of hits against `rates` explains, nats, and its most likely slope and arch, into `trend`.
 *
 * @param noise variance over mean.
 * @param spread of both, sd.
 */
export function fitTrend(hits: Float64Array, rates: Float64Array, noise: number, spread: number): number {
  const wires = hits.length;
  let [slope, arch] = [0, 0];
  let slopeSlope = spread ** -2;
  let [slopeArch, archArch] = [0, slopeSlope];
  for (let wire = 0; wire < wires; wire++) {
    const expected = rates[wire]!;
    // What is dead or noisy tells of no trend.
    if (Math.abs(hits[wire]! - expected) > 4 * Math.sqrt(noise * expected) + 2) continue;
    const along = (2 * wire) / (wires - 1) - 1;
    const arched = 2 * along * along - 1;
    const excess = (hits[wire]! - expected) / noise;
    const weight = expected / noise;
    slope += along * excess;
    arch += arched * excess;
    slopeSlope += along * along * weight;
    slopeArch += along * arched * weight;
    archArch += arched * arched * weight;
  }
  const determinant = slopeSlope * archArch - slopeArch ** 2;
  trend.slope = (slope * archArch - arch * slopeArch) / determinant;
  trend.arch = (arch * slopeSlope - slope * slopeArch) / determinant;
  return (slope * trend.slope + arch * trend.arch) / 2;
}

export const trend = { slope: 0, arch: 0 };
