/** Levels that are tried for what lacks hits and for what counts too many; the best is refined by the ratio inside. */
export const lowLevels = [
  0.003, 0.02, 0.05, 0.1, 0.14, 0.2, 0.26, 0.33, 0.41, 0.5, 0.6, 0.7, 0.78, 0.85, 0.9, 0.94, 0.97,
] as const;
export const highLevels = [1.08, 1.2, 1.4, 1.7, 2.1, 2.6, 3.2, 4, 5, 7, 10, 15, 30, 60, 120] as const;

/** Nats that a free end inside costs, so that a whole layer is preferred to nearly all of it; less in the middle, where high voltage ends. */
const perEnd = 4;
const inTheMiddle = 1;
/**
 * Nats by which a cell may miss a level: beyond, it is dead or noisy for a reason of its own, whatever its neighbours are. A dead cell of
 * a long run speaks for "dead", but not for "at 90 %".
 */
const mostMissed = 12;
/** A cell counts at most this many times what is expected of it, and a few hits. */
const held = 2;
const heldHits = 4;

/** What a stretch of neighbouring cells counts. */
export interface Stretch {
  /** Cells from 0, `last` included. */
  readonly first: number;
  readonly last: number;
  readonly found: number;
  readonly expected: number;
  /** How much better it describes the cells than "as expected" does, nats less what its ends cost; 0 where it does not. */
  readonly gain: number;
}

/** Expected counts, and their scatter about that. */
export interface Reference {
  readonly expected: Float64Array;
  /** Variance over mean, by counting. */
  readonly variance: number;
  /** What healthy cells differ from it by, however many hits there are (sd). */
  readonly spread?: number;
}

/**
 * The stretch of cells that is best described as "all at one other level": the greatest Poisson log-likelihood gain over healthy,
 * each end inside the layer paying for its freedom, no cell missing a level by more than {@link mostMissed}. The whole layer where nothing gains.
 *
 * @param levels to be tried, all below 1 or all above.
 */
export function findStretch(
  hits: Float64Array,
  reference: Reference,
  levels: readonly number[] = lowLevels,
): Stretch {
  const best = { first: 0, last: hits.length - 1, gain: 0 };
  const { expected } = reference;
  missesOf(hits, reference);
  const isBetter = levels.filter((level) => scanAt(hits, reference, level, best)).length > 0;
  if (isBetter) {
    const { found, expected: wanted } = sumsOf(hits, expected, best.first, best.last);
    const level = Math.max(found / wanted, lowLevels[0]);
    if (level < 1 === levels[0]! < 1) scanAt(hits, reference, level, best);
  }
  return { ...best, ...sumsOf(hits, expected, best.first, best.last) };
}

/** Nats that the ends of a stretch cost together. */
export function endsCost(first: number, last: number, cells: number): number {
  const middle = cells >> 1;
  const begin = first === 0 ? 0 : first === middle ? inTheMiddle : perEnd;
  return begin + (last === cells - 1 ? 0 : last + 1 === middle ? inTheMiddle : perEnd);
}

/** Looks for a stretch at one level that gains more than the best so far, which it replaces. */
function scanAt(
  hits: Float64Array,
  { expected, variance, spread = 0 }: Reference,
  level: number,
  best: { first: number; last: number; gain: number },
): boolean {
  const cells = hits.length;
  const middle = cells >> 1;
  let isBetter = false;
  let sum = 0;
  // The sum before a first cell, and what an end there costs: the least is the best beginning.
  let least = 0;
  let first = 0;
  for (let cell = 0; cell < cells; cell++) {
    const before = cell === 0 ? 0 : sum + (cell === middle ? inTheMiddle : perEnd);
    if (before < least) [least, first] = [before, cell];
    sum += limited(misses[cell]!) - limited(missOf(hits[cell]!, level * expected[cell]!, variance, spread));
    const end = cell === cells - 1 ? 0 : cell + 1 === middle ? inTheMiddle : perEnd;
    const gain = sum - least - end;
    if (gain <= best.gain) continue;
    Object.assign(best, { first, last: cell, gain });
    isBetter = true;
  }
  return isBetter;
}

/** Nats by which cells miss what is expected of them, which every level is weighed against; of the layer that is looked at. */
const misses = new Float64Array(512);

function missesOf(hits: Float64Array, { expected, variance, spread = 0 }: Reference): void {
  for (let cell = 0; cell < hits.length; cell++) {
    misses[cell] = missOf(hits[cell]!, expected[cell]!, variance, spread);
  }
}

/** Half of the Poisson deviance, over the variance. */
function missOf(found: number, expected: number, variance: number, spread: number): number {
  const mean = expected > leastExpected ? expected : leastExpected;
  return (mean - found + (found > 0 ? found * Math.log(found / mean) : 0)) / (variance + spread ** 2 * mean);
}

function limited(miss: number): number {
  return miss < mostMissed ? miss : mostMissed;
}

/** Keeps logarithms finite where nothing is expected. */
const leastExpected = 1e-3;

/** Poisson log-likelihood of a cell at a level over that of a healthy one, nats; see {@link mostMissed}. */
export function natsOf(found: number, cell: number, reference: Reference, level: number): number {
  const { expected, variance, spread = 0 } = reference;
  const atLevel = missOf(found, level * expected[cell]!, variance, spread);
  return limited(missOf(found, expected[cell]!, variance, spread)) - limited(atLevel);
}

/** Hits found, spikes held down, and expected, with their ratio. */
export function sumsOf(hits: Float64Array, expected: Float64Array, first: number, last: number) {
  let found = 0;
  let wanted = 0;
  for (let cell = first; cell <= last; cell++) {
    found += Math.min(hits[cell]!, held * expected[cell]! + heldHits);
    wanted += expected[cell]!;
  }
  return { found, expected: wanted };
}

/** Where a layer lacks hits, and how badly. */
export interface Region extends Stretch {
  /** Row 0..11 of the layer. */
  readonly row: number;
  /** Wires of the layer. */
  readonly wires: number;
  /** It lacks nothing at one end, and most at the other. */
  readonly slope?: Slope;
}

/** Falls or rises along the wires, to or from `level`. */
interface Slope {
  readonly how: 'falls' | 'rises';
  readonly level: number;
}

/** A region with the numbers of its first and last wire, which are columns of the histogram, from 1. */
export interface NumberedRegion extends Region {
  readonly numbers: { readonly first: number; readonly last: number };
}

export function ratioOf({ found, expected }: Pick<Region, 'found' | 'expected'>): number {
  return expected > 0 ? found / expected : 0;
}

/** {@link findStretch} of a layer; `found` holds spikes down. */
export function findRegion(
  row: number,
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
): Region {
  return { row, wires: hits.length, ...findStretch(hits, { expected, variance: dispersion }) };
}

/** Levels at the far end of a slope that are tried, and what a slope costs over a whole layer: it has a direction. */
const slopeLevels = [0.05, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.88] as const;
const slopeCost = 1.5;

/** The whole layer as lacking more and more along its wires. */
export function slopeOf(row: number, hits: Float64Array, reference: Reference): Region {
  const { expected } = reference;
  const wires = hits.length;
  let gain = 0;
  let slope: Slope | undefined;
  for (const level of slopeLevels) {
    let [falls, rises] = [-slopeCost, -slopeCost];
    for (let wire = 0; wire < wires; wire++) {
      const along = (wires > 1 ? wire / (wires - 1) : 1) * (level - 1);
      falls += natsOf(hits[wire]!, wire, reference, 1 + along);
      rises += natsOf(hits[wire]!, wire, reference, level - along);
    }
    if (falls > gain) [gain, slope] = [falls, { how: 'falls', level }];
    if (rises > gain) [gain, slope] = [rises, { how: 'rises', level }];
  }
  const whole = { row, wires, first: 0, last: wires - 1, ...sumsOf(hits, expected, 0, wires - 1), gain };
  return slope ? { ...whole, slope } : whole;
}

/** Two regions are at the same place when this share of both together is common. */
const common = 0.6;

/** Gathers regions of one superlayer, place and level: one fault, seen by several layers. Regions within two cells of each other at both ends always belong together. */
export function groupRegions(regions: readonly NumberedRegion[]): (readonly NumberedRegion[])[] {
  const groups: NumberedRegion[][] = [];
  for (const region of regions) {
    const group = groups.find(
      ([first]) =>
        first!.row >> 2 === region.row >> 2 &&
        isSamePlace(first!.numbers, region.numbers) &&
        isSameLevel(first!, region),
    );
    if (group) group.push(region);
    else groups.push([region]);
  }
  return groups;
}

function isSamePlace(a: NumberedRegion['numbers'], b: NumberedRegion['numbers']): boolean {
  if (Math.abs(a.first - b.first) <= 2 && Math.abs(a.last - b.last) <= 2) return true;
  const shared = Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1;
  const either = Math.max(a.last, b.last) - Math.min(a.first, b.first) + 1;
  return shared / either >= common;
}

/** A dead and a weak region are two faults. */
function isSameLevel(a: Region, b: Region): boolean {
  const level = ({ found, expected }: Region) => found / Math.max(expected, 1e-9);
  return Math.abs(level(a) - level(b)) < 0.25;
}
