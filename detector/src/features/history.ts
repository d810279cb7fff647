import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { atWires, type Grid } from '../prepare/grid.ts';
import { quantile, meanOfWires } from './levels.ts';
import { byColumn, fourLayersOf, reachFor, smooth, type FourLayers } from './siblings.ts';

/**
 * Whose counting the errors of levels hold: that of the runs before and of this one, which all comparisons have in common, or, as models up to
 * shape-and-rate@4 were trained to, that of the runs before alone.
 */
export type LevelErrors = 'of-both' | 'of-runs-before';

/** What good runs before let expect of a chamber. */
export interface Past {
  /** Hits of every wire of layers 1..12 at index 0..11, scaled to the level of this run; null where there is no layer. */
  readonly expected: LayerWires;
  /** What those runs counted, summed up: all of it, and without what siblings, or columns around, did not have; the same arrays where there is no such thing. */
  readonly counted: LayerWires;
  readonly hits: LayerWires;
  /** How many runs that is; what one alone drifted by does not average out. */
  readonly runs: number;
  /** Hits of this run over those of the past that the expectation was made of. */
  readonly scale: number;
  /** Logarithm of this run's level over what its length lets expect; undefined when that length is not known. */
  readonly level: number | undefined;
  /** The same with every run before as good as it is long and as levels drift, undefined with it, and its error, sd. */
  readonly meanLevel: number | undefined;
  readonly levelError: number;
  /** By superlayer: logarithm of its level over the other superlayers' beside what that was in runs before, and its error, sd. */
  readonly superlayers: readonly { readonly fall: number; readonly error: number }[];
}

/** From run to run healthy chambers change their level against others by so much, and superlayers within a chamber; sd of the logarithm. */
const chamberDrift = 0.08;
const superlayerDrift = 0.03;

/**
 * @param thinning what the hits of this run were multiplied by, see `thinned.ts`.
 * @param noise by superlayer: variance over mean of what its four layers count together.
 * @returns undefined when there is no usable past.
 */
export function expectFromHistory(
  { layers, history, exposures, grids }: ChamberWires,
  thinning: number,
  noise: readonly number[] = [1, 1, 1],
  errors: LevelErrors = 'of-both',
): Past | undefined {
  const usable = history.flatMap((past, index) =>
    layers.every((layer, row) => (past[row]?.length ?? 0) === (layer?.length ?? 0)) ? [index] : [],
  );
  if (usable.length === 0) return undefined;
  const runs = usable.map((index) => history[index]!);
  const counted = layers.map((layer, row) => layer && sumUp(runs, row, layer.length));
  const sums = withoutExcess(counted, layers, grids);
  const ratios = layers.flatMap((layer, row) => {
    const past = sums[row];
    return layer && past && meanOfWires(past) > 0 ? [meanOfWires(layer) / meanOfWires(past)] : [];
  });
  if (ratios.length === 0) return undefined;
  // Faults only ever lower a layer, so the healthy level is that of the upper layers.
  const scale = ratios.sort((a, b) => a - b)[Math.floor(0.7 * (ratios.length - 1))]!;
  const exposure = exposures && usable.reduce((sum, index) => sum + exposures[index]!, 0);
  return {
    runs: usable.length,
    scale,
    counted,
    hits: sums,
    expected: sums.map((past) => {
      if (!past) return null;
      const expected = past.map((hits) => hits * scale);
      smooth(expected, reachFor(meanOfWires(past)));
      return expected;
    }),
    ...levelsOfRuns(
      layers,
      runs.map((run) => asKept(run, counted, sums)),
      exposure === undefined ? undefined : usable.map((index) => exposures![index]!),
      thinning,
      errors === 'of-both' ? noise : undefined,
    ),
    level: exposure === undefined ? undefined : Math.log((Math.max(scale, leastScale) * exposure) / thinning),
  };
}

/**
 * Levels against each run before by itself. What drifts from run to run averages out over runs, not over hits: a long run is worth no more
 * than another there, and the sum of all is worth little more than the longest.
 */
function levelsOfRuns(
  layers: LayerWires,
  history: readonly LayerWires[],
  exposures: readonly number[] | undefined,
  thinning: number,
  noise: readonly number[] | undefined,
): Pick<Past, 'meanLevel' | 'levelError' | 'superlayers'> {
  const falls = [0, 0, 0];
  const ofFalls = [0, 0, 0];
  const ownOfFalls = [0, 0, 0];
  let [level, ofLevel, ownOfLevel] = [0, 0, 0];
  for (let run = 0; run < history.length; run++) {
    const inSuperlayers = [0, 1, 2].map((index) => middleRatio(layers, history[run]!, index, noise?.[index]));
    const known = inSuperlayers.filter((each) => each !== undefined);
    if (known.length === 0) continue;
    const weight = 1 / (chamberDrift ** 2 + variance(known, 'before'));
    // Faults only ever lower a superlayer: of several the upper ones tell of the chamber.
    const upper = known
      .map(({ ratio }) => ratio)
      .sort((a, b) => b - a)
      .slice(0, 2);
    const ratio = upper.reduce((sum, each) => sum + each, 0) / upper.length;
    level += weight * (ratio + (exposures ? Math.log(exposures[run]! / thinning) : 0));
    ofLevel += weight;
    ownOfLevel = variance(known, 'now');
    for (let index = 0; index < 3; index++) {
      const own = inSuperlayers[index];
      const others = known.filter((each) => each !== own);
      if (!own || others.length === 0) continue;
      const beside = others.reduce((sum, each) => sum + each.ratio, 0) / others.length;
      const certainty =
        1 / (1.5 * superlayerDrift ** 2 + variance([own], 'before') + variance(others, 'before'));
      falls[index]! += certainty * (own.ratio - beside);
      ofFalls[index]! += certainty;
      ownOfFalls[index] = variance([own], 'now') + variance(others, 'now');
    }
  }
  return {
    meanLevel: exposures && ofLevel > 0 ? level / ofLevel : undefined,
    levelError: ofLevel > 0 ? Math.sqrt(1 / ofLevel + ownOfLevel) : 1,
    superlayers: falls.map((fall, index) =>
      ofFalls[index]! > 0
        ? { fall: fall / ofFalls[index]!, error: Math.sqrt(1 / ofFalls[index]! + ownOfFalls[index]!) }
        : { fall: 0, error: 1 },
    ),
  };
}

/** A superlayer beside a run before: logarithm of the middle layers' hits over theirs, and hits of either by what they scatter like. */
interface LevelRatio {
  readonly ratio: number;
  readonly now: number;
  readonly before: number;
}

/** What counting adds to the variance of a logarithm over several superlayers. */
function variance(of: readonly LevelRatio[], when: 'now' | 'before'): number {
  return 1 / of.reduce((sum, each) => sum + each[when], 0);
}

/** @param noise variance over mean; without it all of the scatter is taken to be that of the run before. */
function middleRatio(
  layers: LayerWires,
  past: LayerWires,
  index: number,
  noise: number | undefined,
): LevelRatio | undefined {
  const ratios: number[] = [];
  let [now, before] = [0, 0];
  for (let row = 4 * index; row < 4 * index + 4; row++) {
    const [hits, of] = [layers[row], past[row]];
    if (!hits || !of) continue;
    const [mean, meanBefore] = [meanOfWires(hits), meanOfWires(of)];
    if (meanBefore <= 0) continue;
    ratios.push(Math.log(Math.max(mean, leastScale) / meanBefore));
    now += mean * hits.length;
    before += meanBefore * of.length;
  }
  if (ratios.length === 0) return undefined;
  ratios.sort((a, b) => a - b);
  const ratio = (ratios[(ratios.length - 1) >> 1]! + ratios[ratios.length >> 1]!) / 2;
  return noise === undefined
    ? { ratio, now: Infinity, before: (now * before) / (now + before + 1) + 1 }
    : { ratio, now: (now + 1) / noise, before: (before + 1) / noise };
}

/** Keeps the logarithm finite in a chamber that does not count at all. */
const leastScale = 1e-6;

function sumUp(history: readonly LayerWires[], row: number, wires: number): Float64Array {
  const sum = new Float64Array(wires);
  for (const past of history) {
    for (let wire = 0; wire < wires; wire++) sum[wire]! += past[row]![wire]!;
  }
  return sum;
}

/** A wire counted too much in the past when its siblings had this much less, and by so many deviations. */
const excess = { share: 1.5, hits: 4, deviations: 4 };
/** Least of its layer's median that a wire is held to, where its siblings have nothing to say. */
const leastOfLayer = 0.7;
/** Columns to either side of one whose median tells what all four layers together usually have there, though 16 of them are noisy. */
const around = 20;
/** Deviations by which a column must lack in this run what it counted too much before. */
const surelyGone = 2;
/** Below this share of the superlayer's median no column is looked at more closely. */
const nothingMuch = 1.3;

/**
 * Hits of runs before, those that siblings, or the columns around where all four layers have them, did not have taken off: a noisy wire that has healed
 * would look weak beside what it counted. Of 150 recorded layers each, whose wire had counted ten times as much in three runs before, 32 % were called bad; 2 % are with this.
 */
function withoutExcess(counted: LayerWires, now: LayerWires, grids: ChamberWires['grids']): LayerWires {
  const calm = [...counted];
  for (let index = 0; index < grids.length; index++) {
    const grid = grids[index] ?? null;
    const four = fourLayersOf(counted, grid, index);
    if (!grid || !four) continue;
    const aligned = byColumn(four, grid);
    const held = [0, 1, 2, 3].map((own) => heldToSiblings(aligned, own, grid));
    const shares = sharesKept(held, fourLayersOf(now, grid, index)!, grid);
    for (let own = 0; own < 4; own++) {
      const row = 4 * index + own;
      if (!counted[row] || (held[own] === aligned[own] && !shares)) continue;
      const kept = shares ? held[own]!.map((hits, column) => hits * shares[column]!) : held[own]!;
      calm[row] = atWires(kept, grid, own);
    }
  }
  return calm;
}

/** One of the runs before, with as much taken off each of its wires as of what they counted together. */
function asKept(run: LayerWires, counted: LayerWires, calm: LayerWires): LayerWires {
  return run.map((layer, row) => {
    const [all, kept] = [counted[row], calm[row]];
    if (!layer || !all || !kept || all === kept) return layer;
    return layer.map((hits, wire) => (all[wire]! > 0 ? (hits * kept[wire]!) / all[wire]! : hits));
  });
}

/** A layer by column, each wire held to its siblings; the same array where there is nothing to hold. */
function heldToSiblings(aligned: FourLayers, own: number, { width }: Grid): Float64Array {
  const [a, b, c] = [aligned[(own + 1) & 3]!, aligned[(own + 2) & 3]!, aligned[(own + 3) & 3]!];
  const hits = aligned[own]!;
  const least = leastOfLayer * quantile(hits, width, 0.5);
  let held: Float64Array | undefined;
  for (let column = 0; column < width; column++) {
    const [x, y, z] = [a[column]!, b[column]!, c[column]!];
    const usual = Math.max(least, Math.min(x, y), Math.min(Math.max(x, y), z));
    if (isExcess(hits[column]!, usual)) (held ??= Float64Array.from(hits))[column] = usual;
  }
  return held ?? hits;
}

/**
 * Of each column the share of its hits that columns around have, too: a noisy board is so in all four layers. What counts more there in this run as well is how
 * the chamber is. Undefined where nothing is to be taken off.
 */
function sharesKept(held: readonly Float64Array[], now: FourLayers, grid: Grid): Float64Array | undefined {
  const { width } = grid;
  addLayers(held, width, together);
  const middle = quantile(together, width, 0.5);
  let shares: Float64Array | undefined;
  let scale: number | undefined;
  for (let column = 0; column < width; column++) {
    const hits = together[column]!;
    if (hits <= nothingMuch * middle) continue;
    const first = Math.max(0, Math.min(column - around, width - 2 * around - 1));
    const end = Math.min(width, first + 2 * around + 1);
    const usual = quantile(together.subarray(first, end), end - first, 0.5);
    if (!isExcess(hits, usual)) continue;
    if (scale === undefined) {
      addLayers(byColumn(now, grid), width, inThisRun);
      scale = quantile(inThisRun, width, 0.5) / middle;
    }
    if (!isGone(inThisRun[column]!, scale * usual, scale * hits)) continue;
    (shares ??= new Float64Array(width).fill(1))[column] = usual / hits;
  }
  return shares;
}

/** Whether a column counts what is usual rather than what it counted before, as far as a short run can tell. */
function isGone(hits: number, usual: number, before: number): boolean {
  return hits < Math.sqrt(usual * before) && before - hits > surelyGone * Math.sqrt(2 * before + 1);
}

const together = new Float64Array(512);
const inThisRun = new Float64Array(512);

function addLayers([a, b, c, d]: readonly Float64Array[], width: number, into: Float64Array): void {
  for (let column = 0; column < width; column++) {
    into[column] = a![column]! + b![column]! + c![column]! + d![column]!;
  }
}

/** Whether hits of a wire, or of a column of all four layers, are more than what is usual there by more than counting and healthy wires explain. */
function isExcess(hits: number, usual: number): boolean {
  const { share, hits: few, deviations } = excess;
  // Twice as much scatter as counting gives: what is usual is counted, too, and of layers together the muons are what is counted.
  return hits > Math.max(share * usual + few, usual + deviations * Math.sqrt(2 * usual + 1));
}
