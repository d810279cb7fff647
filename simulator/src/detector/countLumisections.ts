import { type ChamberId, type Matrix, isSameChamber, superlayerOfLayer } from '@dtdqm/contract';
import { binomial, normal, randomOf } from '@dtdqm/contract/random';
import { type Expectation, healthyExpectation } from './expectation.ts';
import { injectFaults, type InjectedFault } from './faults.ts';
import { type HealthySpread, calibratedSpread } from './profile.ts';
import { mixUp } from './injectIntoCounts.ts';
import { inLumisection, rateIn, type RunScript } from './runScript.ts';
import { drawCounts } from './simulateChamber.ts';

export interface GrowingConditions {
  readonly chamber: ChamberId;
  /** Identifies the chamber as built, as for whole runs. */
  readonly buildSeed: number | string;
  /** Identifies the run: same seed, same counts. */
  readonly runSeed: number | string;
  readonly script: RunScript;
  /** What is wrong all through the run, beside what the script says. */
  readonly faults?: readonly InjectedFault[];
  readonly spread?: HealthySpread;
}

/**
 * What a superlayer counts is not quite in proportion to luminosity: background and noise are not. Sd of the exponent's difference from 1
 * of each superlayer, so that two of one chamber part by half a per cent or so while the luminosity falls by 30 %.
 */
const rateExponentSpread = 0.015;

/**
 * Counts of one chamber, lumisection by lumisection: each is drawn by itself, from a stream of its own, so that the counts of any span are
 * the sum of its lumisections, whatever was asked for before. The sum so far is kept, so that a run that grows costs only what is new:
 * 0.09 ms a chamber and lumisection, as much as 0.17 of a whole run at once.
 */
export class LumisectionCounter {
  readonly #conditions: GrowingConditions;
  readonly #healthy: Expectation;
  readonly #exponents: readonly number[];
  #sum: { upTo: number; matrix: Matrix } | undefined;

  constructor(conditions: GrowingConditions) {
    const { chamber, buildSeed, spread = calibratedSpread } = conditions;
    const place = [chamber.wheel, chamber.station, chamber.sector] as const;
    this.#conditions = conditions;
    this.#healthy = healthyExpectation(chamber, 1, spread, randomOf(buildSeed, 'built', ...place));
    const random = randomOf(buildSeed, 'rate', ...place);
    this.#exponents = [1, 2, 3].map(() => 1 + normal(random, 0, rateExponentSpread));
  }

  /** Hits of the first so many lumisections. */
  upTo(lumisections: number): Matrix {
    const last = Math.min(lumisections, this.#conditions.script.lumisections);
    if (this.#sum === undefined || this.#sum.upTo > last) this.#sum = { upTo: 0, matrix: this.#nothing() };
    const { upTo, matrix } = this.#sum;
    for (let lumisection = upTo + 1; lumisection <= last; lumisection++) {
      for (const [y, row] of this.only(lumisection).entries()) {
        const sum = matrix[y]!;
        row.forEach((hits, x) => {
          if (hits > 0) sum[x]! += hits;
        });
      }
    }
    this.#sum.upTo = last;
    return matrix.map((row) => [...row]);
  }

  /** Hits of one lumisection, from 1. */
  only(lumisection: number): Matrix {
    const expected = this.expected(lumisection);
    if (expected === null) return this.#nothing();
    const { healthy, faulty } = expected;
    const { chamber, runSeed } = this.#conditions;
    const { wheel, station, sector } = chamber;
    const random = randomOf(runSeed, 'lumisection', lumisection, wheel, station, sector);
    // A lump is a whole number of hits, larger or smaller by chance: rounded by itself it would count too little.
    const { lumpSize } = healthy;
    const least = Math.floor(lumpSize);
    const hitsIn = (lumps: number) =>
      lumpSize === least ? lumps * least : lumps * least + binomial(random, lumps, lumpSize - least);
    return (this.#conditions.faults ?? []).reduce(
      (mixed, { layers, mapping }) => (mapping ? mixUp(mixed, layers[0]!, mapping) : mixed),
      drawCounts(faulty, healthy, random, hitsIn),
    );
  }

  /** What one lumisection would count on average, without faults and with them; null in a pause. */
  expected(lumisection: number): { healthy: Expectation; faulty: Expectation } | null {
    const { chamber, script, faults = [] } = this.#conditions;
    const rate = rateIn(script, lumisection);
    if (rate === 0) return null;
    const healthy = this.#at(rate);
    const tripped = script.faults.flatMap((fault) =>
      isSameChamber(chamber, fault.chamber) ? (inLumisection(fault, lumisection) ?? []) : [],
    );
    return { healthy, faulty: injectFaults(healthy, [...faults, ...tripped]) };
  }

  #at(rate: number): Expectation {
    const hits = this.#healthy.hits.map((layer, row) => {
      if (layer === null) return null;
      const level = rate ** this.#exponents[superlayerOfLayer(row + 1) - 1]!;
      return layer.map((expected) => expected * level);
    });
    return { ...this.#healthy, hits };
  }

  #nothing(): Matrix {
    const still = this.#at(0);
    return drawCounts(
      still,
      still,
      () => 0.5,
      () => 0,
    );
  }
}
