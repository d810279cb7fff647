import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { meanOfWires } from './levels.ts';
import { reachFor, smooth } from './siblings.ts';

/** What good runs before let expect of a chamber. */
export interface Past {
  /** Hits of every wire of layers 1..12 at index 0..11, scaled to the level of this run; null where there is no layer. */
  readonly expected: LayerWires;
  /** What those runs counted, summed up. */
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
 * @returns undefined when there is no usable past.
 */
export function expectFromHistory(
  { layers, history, exposures }: ChamberWires,
  thinning: number,
): Past | undefined {
  const usable = history.flatMap((past, index) =>
    layers.every((layer, row) => (past[row]?.length ?? 0) === (layer?.length ?? 0)) ? [index] : [],
  );
  if (usable.length === 0) return undefined;
  const sums = layers.map(
    (layer, row) =>
      layer &&
      sumUp(
        usable.map((index) => history[index]!),
        row,
        layer.length,
      ),
  );
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
    hits: sums,
    expected: sums.map((past) => {
      if (!past) return null;
      const expected = past.map((hits) => hits * scale);
      smooth(expected, reachFor(meanOfWires(past)));
      return expected;
    }),
    ...levelsOfRuns(
      layers,
      usable.map((index) => history[index]!),
      exposure === undefined ? undefined : usable.map((index) => exposures![index]!),
      thinning,
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
): Pick<Past, 'meanLevel' | 'levelError' | 'superlayers'> {
  const falls = [0, 0, 0];
  const ofFalls = [0, 0, 0];
  let level = 0;
  let ofLevel = 0;
  for (let run = 0; run < history.length; run++) {
    const inSuperlayers = [0, 1, 2].map((index) => middleRatio(layers, history[run]!, index));
    const known = inSuperlayers.filter((each) => each !== undefined);
    if (known.length === 0) continue;
    const hits = known.reduce((sum, each) => sum + each.hits, 0);
    const weight = 1 / (chamberDrift ** 2 + 1 / hits);
    // Faults only ever lower a superlayer: of several the upper ones tell of the chamber.
    const upper = known
      .map(({ ratio }) => ratio)
      .sort((a, b) => b - a)
      .slice(0, 2);
    const ratio = upper.reduce((sum, each) => sum + each, 0) / upper.length;
    level += weight * (ratio + (exposures ? Math.log(exposures[run]! / thinning) : 0));
    ofLevel += weight;
    for (let index = 0; index < 3; index++) {
      const own = inSuperlayers[index];
      const others = known.filter((each) => each !== own);
      if (!own || others.length === 0) continue;
      const beside = others.reduce((sum, each) => sum + each.ratio, 0) / others.length;
      const certainty =
        1 /
        (1.5 * superlayerDrift ** 2 + 1 / own.hits + 1 / others.reduce((sum, each) => sum + each.hits, 0));
      falls[index]! += certainty * (own.ratio - beside);
      ofFalls[index]! += certainty;
    }
  }
  return {
    meanLevel: exposures && ofLevel > 0 ? level / ofLevel : undefined,
    levelError: ofLevel > 0 ? ofLevel ** -0.5 : 1,
    superlayers: falls.map((fall, index) =>
      ofFalls[index]! > 0
        ? { fall: fall / ofFalls[index]!, error: ofFalls[index]! ** -0.5 }
        : { fall: 0, error: 1 },
    ),
  };
}

/** Logarithm of the middle layers' hits over those of a run before, and hits that it was made of, one sum over both errors; undefined without any. */
function middleRatio(layers: LayerWires, past: LayerWires, index: number) {
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
  const middle = (ratios[(ratios.length - 1) >> 1]! + ratios[ratios.length >> 1]!) / 2;
  return { ratio: middle, hits: (now * before) / (now + before + 1) + 1 };
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
