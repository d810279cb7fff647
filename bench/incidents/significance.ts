import { randomOf } from '@dtdqm/contract/random';
import { sum } from '@dtdqm/contract/numbers';
import { calibratedSpread, healthyExpectation, type InjectedFault } from '@dtdqm/simulator/detector';
import { lumisectionsOf, type PlannedFault } from './plan.ts';

/**
 * From how many standard deviations on a fault has hits enough to be told. A run has 2,720 layers of about 60 wires, so that a
 * fault may begin in 160,000 places: at 5, chance alone (2.9e-7 a place) makes one in 21 runs, which is the rate of false
 * openings that is allowed. Whoever wants more must cry wolf more often.
 *
 * Set down before the weeks that docs/incidents.md reports were simulated.
 */
export const enough = 5;

/** Siblings agree within so much by nature: one standard deviation, measured in real chambers. */
const siblingScatter = 0.03;

/** A layer has three siblings in its superlayer to be compared with. */
const siblings = 3;

/**
 * By how many standard deviations a fault stands out in a run: in the layer that shows it best, which is what verdicts are
 * of, and in all its layers taken together, where they fail at once.
 */
export function significanceOf(
  { seed, chamber }: PlannedFault,
  fault: InjectedFault,
  run: number,
): { layer: number; together: number } {
  const { wheel, station, sector } = chamber;
  const built = randomOf(seed, 'built', wheel, station, sector);
  const { hits, lumpSize } = healthyExpectation(chamber, lumisectionsOf(seed, run), calibratedSpread, built);
  // Hits that come in lumps are as many independent ones as there are lumps.
  const expected = fault.layers.map(
    (layer) => sum((hits[layer - 1] ?? []).slice(fault.wires.first - 1, fault.wires.last)) / lumpSize,
  );
  return {
    layer: Math.max(...expected.map((each) => standsOut(each, fault.level))),
    together: standsOut(sum(expected), fault.level),
  };
}

/**
 * Significance of finding `expected * level` hits on the fault's wires and `expected` on the same wires of each sibling, by
 * Li and Ma (Astrophys. J. 272 (1983) 317, equation 17), with the scatter of siblings as a second, independent source.
 */
export function standsOut(expected: number, level: number): number {
  if (expected <= 0 || level === 1) return 0;
  const on = expected * level;
  const off = expected * siblings;
  const alpha = 1 / siblings;
  const onTerm = on > 0 ? on * Math.log(((1 + alpha) / alpha) * (on / (on + off))) : 0;
  const offTerm = off * Math.log((1 + alpha) * (off / (on + off)));
  const byChance = Math.sqrt(2 * (onTerm + offTerm));
  const byNature = Math.abs(1 - level) / siblingScatter;
  return 1 / Math.hypot(1 / byChance, 1 / byNature);
}
