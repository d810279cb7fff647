import type { Matrix } from '@dtdqm/contract';
import { lumisectionSeconds, type LumisectionCounter } from '@dtdqm/simulator/detector';
import { looksAt, type Trip } from './trips.ts';

/**
 * Places at which a change is looked for in the whole detector: 2,720 layers, twice as many halves, and about 50 places of a board in each
 * of its 680 superlayers.
 */
const places = 2720 * 3 + 680 * 50;
/** Every 45 s, as a worker looks. */
const looksADay = 1920;

/**
 * Log-likelihood ratio, nats, from which on at most one false change a day is told: likelihood ratios of all
 * places exceed e^h in at most their number times e^-h looks (Ville's inequality, for each place and each look that a change may begin at).
 */
export const limit = Math.log(places * looksADay);

/**
 * Seconds from a trip to the earliest look at which anybody can tell: the one who knows all rates, the place and the moment of the trip
 * needs that look for a log-likelihood ratio of {@link limit}. Null where the run is over before.
 */
export function countingBound({ counter, script, fault }: Trip, pollSeconds: number): number | null {
  let [nats, seconds, before] = [0, 0, 0];
  for (const { to, counts } of looksAt(counter, script, pollSeconds)) {
    seconds += pollSeconds;
    const upTo = Math.min(to.lumisection!, script.lumisections);
    if (upTo * lumisectionSeconds > fault.from)
      nats += likelihoodOf(counter, before, upTo, counts, fault.layers);
    before = upTo;
    if (nats >= limit) return seconds - fault.from;
  }
  return null;
}

/** Of "with the fault" against "without" in lumisections after one and up to another, nats. */
function likelihoodOf(
  counter: LumisectionCounter,
  after: number,
  upTo: number,
  hits: Matrix,
  layers: readonly number[],
): number {
  const sums = layers.map(() => ({ healthy: [] as number[], faulty: [] as number[] }));
  let lumpSize = 1;
  for (let lumisection = after + 1; lumisection <= upTo; lumisection++) {
    const expected = counter.expected(lumisection);
    if (expected === null) continue;
    lumpSize = expected.healthy.lumpSize;
    layers.forEach((layer, index) => {
      add(sums[index]!.healthy, expected.healthy.hits[layer - 1]!);
      add(sums[index]!.faulty, expected.faulty.hits[layer - 1]!);
    });
  }
  let nats = 0;
  layers.forEach((layer, index) => {
    const { healthy, faulty } = sums[index]!;
    healthy.forEach((expected, wire) => {
      const left = faulty[wire]!;
      const counted = hits[layer - 1]![wire]!;
      if (left === expected || expected === 0) return;
      nats += expected - left + (counted > 0 ? counted * Math.log(left / expected) : 0);
    });
  });
  return nats / lumpSize;
}

function add(sum: number[], values: ArrayLike<number>): void {
  for (let wire = 0; wire < values.length; wire++) sum[wire] = (sum[wire] ?? 0) + values[wire]!;
}
