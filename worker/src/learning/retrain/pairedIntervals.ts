import { quantile } from '@dtdqm/contract/numbers';
import { drawIndex, seededRandom } from '@dtdqm/contract/random';

/** One labelled layer and what a model says of it. */
export interface JudgedLayer {
  run: number;
  /** The chamber, whatever the run, as {@link formatChamber} writes it. */
  place: string;
  bad: boolean;
  /** Kind of fault that the expert named; `unnamed` for other bad layers, null for good ones. */
  kind: string | null;
  /** P(bad). */
  score: number;
  /** Whether the model calls it bad. */
  flagged: boolean;
}

/** The same layers in the same order, as two models see them. */
export interface JudgedByBoth {
  current: readonly JudgedLayer[];
  candidate: readonly JudgedLayer[];
}

/**
 * Prepares average precision (mean precision at the bad layers, by descending score, ties together) for many resamples of
 * whole clusters: the order is worked out once, each resample is one pass.
 *
 * @param clusters of each layer, from 0.
 * @returns gives null when no bad layer counts.
 */
export function averagePrecision(layers: readonly JudgedLayer[], clusters: Int32Array): Figure {
  const order = Int32Array.from(layers.keys()).sort((a, b) => layers[b]!.score - layers[a]!.score);
  const scores = Float64Array.from(order, (index) => layers[index]!.score);
  const isBad = Uint8Array.from(order, (index) => (layers[index]!.bad ? 1 : 0));
  const clusterOf = Int32Array.from(order, (index) => clusters[index]!);
  return (weights) => {
    let [bad, all, sum] = [0, 0, 0];
    for (let from = 0; from < scores.length;) {
      const score = scores[from]!;
      let tiedBad = 0;
      let to = from;
      for (; to < scores.length && scores[to] === score; to += 1) {
        const weight = weights === null ? 1 : weights[clusterOf[to]!]!;
        all += weight;
        if (isBad[to] === 1) tiedBad += weight;
      }
      bad += tiedBad;
      if (tiedBad > 0) sum += tiedBad * (bad / all);
      from = to;
    }
    return bad === 0 ? null : sum / bad;
  };
}

interface Interval {
  low: number;
  high: number;
}

/** A figure of both models as whole clusters are drawn: takes how often each counts (null: each once); null when it is not defined. */
type Figure = (weights: Float64Array | null) => number | null;
/** Prepares the figure of one model. */
export type FigureOf = (layers: readonly JudgedLayer[], clusters: Int32Array) => Figure;

const resamples = 400;
/** Chance that an interval misses what it is of, on either side. */
const tail = 0.025;

/**
 * 95 % interval of what the candidate gains in a figure, by a paired bootstrap that draws whole clusters. Layers are not
 * independent in two ways: those of one run share its conditions, and a fault stays in its chamber for many runs. So whole
 * runs are drawn, and whole chambers with all their runs, and the interval reaches as far as either of the two.
 *
 * @param figures of how many it is one, all of whose intervals hold together (Bonferroni): of forty kinds looked at each by itself, one is worse
 * by chance in most candidates.
 * @returns null while it cannot be told.
 */
export function gainInterval(
  figureOf: FigureOf,
  both: JudgedByBoth,
  seed: number,
  figures = 1,
): Interval | null {
  const intervals = [
    intervalBy(({ run }) => run, figureOf, both, seed),
    intervalBy(({ place }) => place, figureOf, both, seed),
  ].filter((interval) => interval !== null);
  if (intervals.length < 2) return null;
  const gain = plain(figureOf, both.candidate)! - plain(figureOf, both.current)!;
  // A quantile beyond the last resamples is not drawn but follows from how wide those are that were.
  const width = normalDeviate(tail / figures) / normalDeviate(tail);
  return {
    low: gain - width * (gain - Math.min(...intervals.map(({ low }) => low))),
    high: gain + width * (Math.max(...intervals.map(({ high }) => high)) - gain),
  };
}

/** By how many standard deviations a normal variable is above its mean with that chance, to 0.0005 (Abramowitz and Stegun, 26.2.23). @param chance up to 0.5. */
function normalDeviate(chance: number): number {
  const t = Math.sqrt(-2 * Math.log(chance));
  return (
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  );
}

/** The share of some layers that are called bad: by their own limits, or as `isCalled` says. */
export function calledShare(
  among: (layer: JudgedLayer) => boolean,
  isCalled = ({ flagged }: JudgedLayer) => flagged,
): FigureOf {
  return (layers, clusters) => {
    const number = clusters.reduce((most, cluster) => Math.max(most, cluster + 1), 1);
    const [called, all] = [new Float64Array(number), new Float64Array(number)];
    layers.forEach((layer, index) => {
      if (!among(layer)) return;
      all[clusters[index]!]! += 1;
      if (isCalled(layer)) called[clusters[index]!]! += 1;
    });
    return (weights) => {
      let [sumCalled, sumAll] = [0, 0];
      for (let cluster = 0; cluster < number; cluster++) {
        const weight = weights === null ? 1 : weights[cluster]!;
        sumCalled += weight * called[cluster]!;
        sumAll += weight * all[cluster]!;
      }
      return sumAll === 0 ? null : sumCalled / sumAll;
    };
  };
}

/** A figure as it is, without resampling. */
export function plain(figureOf: FigureOf, layers: readonly JudgedLayer[]): number | null {
  return figureOf(layers, new Int32Array(layers.length))(null);
}

function intervalBy(
  clusterOf: (layer: JudgedLayer) => number | string,
  figureOf: FigureOf,
  { current, candidate }: JudgedByBoth,
  seed: number,
): Interval | null {
  const numbers = new Map([...new Set(current.map(clusterOf))].map((cluster, index) => [cluster, index]));
  const clusters = Int32Array.from(current, (layer) => numbers.get(clusterOf(layer))!);
  const [before, after] = [figureOf(current, clusters), figureOf(candidate, clusters)];
  const random = seededRandom(seed);
  const gains: number[] = [];
  for (let resample = 0; resample < resamples; resample += 1) {
    const weights = new Float64Array(numbers.size);
    for (let drawn = 0; drawn < numbers.size; drawn += 1) weights[drawIndex(random, numbers.size)]! += 1;
    const [lower, higher] = [before(weights), after(weights)];
    if (lower !== null && higher !== null) gains.push(higher - lower);
  }
  if (gains.length === 0) return null;
  return { low: quantile(gains, tail), high: quantile(gains, 1 - tail) };
}
