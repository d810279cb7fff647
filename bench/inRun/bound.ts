import { lumisectionSeconds, type LumisectionCounter } from '@dtdqm/simulator/detector';
import type { Matrix } from '@dtdqm/contract';
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

/** Seconds from a trip to the earliest look at which anybody can tell; null where the run is over before. */
export interface CountingBounds {
  /** By one who knows the place, the moment, what is left and all rates from elsewhere. */
  readonly ratesKnown: number | null;
  /** By one who knows the same but what the unit counts when healthy: that, the run before the trip must have told. */
  readonly ratesOfRun: number | null;
}

/** The earliest looks that bring a log-likelihood ratio of {@link limit}. */
export function countingBounds({ counter, script, fault }: Trip, pollSeconds: number): CountingBounds {
  const first = Math.floor(fault.from / lumisectionSeconds) + 1;
  const before = hitsOf(counter.upTo(first - 1), fault);
  let expectedBefore = 0;
  for (let lumisection = 1; lumisection < first; lumisection++)
    expectedBefore += expectedOf(counter, lumisection, fault).healthy;
  const worth = worthOfHit(counter, fault);
  let [seconds, done] = [0, first - 1];
  const after = { healthy: 0, faulty: 0, nats: 0 };
  const bounds: { -readonly [Key in keyof CountingBounds]: number | null } = {
    ratesKnown: null,
    ratesOfRun: null,
  };
  for (const { to, soFar } of looksAt(counter, script, pollSeconds)) {
    seconds += pollSeconds;
    const upTo = Math.min(to.lumisection!, script.lumisections);
    for (; done < upTo; done++) {
      const expected = expectedOf(counter, done + 1, fault);
      after.healthy += expected.healthy;
      after.faulty += expected.faulty;
    }
    if (after.healthy === 0) continue;
    const found = hitsOf(soFar, fault) - before;
    const { healthy, faulty } = after;
    const ratesKnown = healthy - faulty + (found > 0 ? found * Math.log(faulty / healthy) : 0);
    // Of all hits of the unit, how many came since: a binomial, whatever its rate is.
    const share = (since: number) => since / (expectedBefore + since);
    const ratesOfRun =
      (found > 0 ? found * Math.log(share(faulty) / share(healthy)) : 0) +
      before * Math.log((1 - share(faulty)) / (1 - share(healthy)));
    if (worth * ratesKnown >= limit) bounds.ratesKnown ??= seconds - fault.from;
    if (worth * ratesOfRun >= limit) bounds.ratesOfRun ??= seconds - fault.from;
    if (bounds.ratesKnown !== null && bounds.ratesOfRun !== null) break;
  }
  return bounds;
}

const isIn = ({ layers, wires }: Trip['fault'], layer: number, wire: number) =>
  layers.includes(layer) && wire >= wires!.first && wire <= wires!.last;

function hitsOf(matrix: Matrix, fault: Trip['fault']): number {
  let sum = 0;
  matrix.forEach((row, y) => {
    row.forEach((hits, x) => {
      if (hits > 0 && isIn(fault, y + 1, x + 1)) sum += hits;
    });
  });
  return sum;
}

/** Hits of the unit in one lumisection on average, without and with the fault. */
function expectedOf(counter: LumisectionCounter, lumisection: number, fault: Trip['fault']) {
  const sums = { healthy: 0, faulty: 0 };
  const expected = counter.expected(lumisection);
  if (expected === null) return sums;
  for (const which of ['healthy', 'faulty'] as const) {
    expected[which].hits.forEach((row, y) =>
      row?.forEach((hits, x) => {
        if (isIn(fault, y + 1, x + 1)) sums[which] += hits;
      }),
    );
  }
  return sums;
}

/**
 * What a hit is worth in independent ones: those that come in lumps are one, and of a muon that several layers count, one is worth as much as
 * all: that all are missing is as unlikely as that there were neither muons nor single hits. Layers are staggered by half a cell, so that the muons
 * of w wires in n layers are those of 2 w + 1 half cells, counted 2 w n times.
 */
function worthOfHit(counter: LumisectionCounter, { layers, wires }: Trip['fault']): number {
  const { lumpSize, trackShare } = counter.expected(1)!.healthy;
  const width = wires!.last - wires!.first + 1;
  const countedOnce = layers.length === 1 ? 1 : (2 * width + 1) / (2 * width * layers.length);
  return (1 - trackShare * (1 - countedOnce)) / lumpSize;
}
