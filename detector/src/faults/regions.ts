/** Where a layer lacks hits, and how badly. */
export interface Region {
  /** Row 0..11 of the layer. */
  readonly row: number;
  /** Wires of the layer, counted along it from 0, both included, of `wires` in all. */
  readonly first: number;
  readonly last: number;
  readonly wires: number;
  readonly found: number;
  readonly expected: number;
  /** How much better it describes the layer than "healthy" does, nats less what its ends cost. */
  readonly gain: number;
}

/** A region with the numbers of its first and last wire, which are columns of the histogram, from 1. */
export interface NumberedRegion extends Region {
  readonly numbers: { readonly first: number; readonly last: number };
}

export function ratioOf({ found, expected }: Pick<Region, 'found' | 'expected'>): number {
  return expected > 0 ? found / expected : 0;
}

/** Nats that two free ends of a region cost, so that a whole layer is preferred to nearly all of it. */
const perEnd = 4;

/**
 * The stretch of cells that is best described as "all at one lower level": the greatest Poisson log-likelihood gain over
 * healthy, each end inside the layer paying for its freedom.
 *
 * @param dispersion variance over mean of healthy counts.
 */
export function findRegion(
  row: number,
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
): Region {
  const wires = hits.length;
  let best: Region = { row, first: 0, last: wires - 1, wires, found: 0, expected: 0, gain: 0 };
  let bestGain = -Infinity;
  for (let first = 0; first < wires; first++) {
    let found = 0;
    let wanted = 0;
    for (let last = first; last < wires; last++) {
      found += Math.min(hits[last]!, 2 * expected[last]! + 4);
      wanted += expected[last]!;
      const ends = (first > 0 ? perEnd : 0) + (last < wires - 1 ? perEnd : 0);
      const gain = gainOf(found, wanted) / dispersion - ends;
      if (gain <= bestGain) continue;
      bestGain = gain;
      best = { row, first, last, wires, found, expected: wanted, gain };
    }
  }
  return best;
}

/** Log-likelihood of the level that fits best over that of the expected one; 0 where hits are not lacking. */
function gainOf(found: number, expected: number): number {
  if (found >= expected) return 0;
  return found > 0 ? found * Math.log(found / expected) + expected - found : expected;
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
