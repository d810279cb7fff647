import { type ChamberId, type Superlayer, superlayerKind } from '@dtdqm/contract';
import { mean } from '@dtdqm/contract/numbers';
import { type Random, chance, integer, normal, pick, poisson, uniform } from '@dtdqm/contract/random';
import type { HealthySpread } from './expectation.ts';

/**
 * Lumisections after which a chamber has the hits below. A convention of the simulator: it makes the real run 302635 a
 * run of 100 lumisections.
 */
export const referenceLumisections = 100;

/** Hits per wire of superlayer 1 by station and |wheel|, as in real run 302635 (MB4: estimated, no real one at hand). */
const phiRate: Readonly<Record<number, readonly number[]>> = {
  1: [20, 41, 75],
  2: [10, 11.7, 18],
  3: [5.2, 5.7, 5.6],
  4: [6, 6.5, 8],
};

/** Superlayer 3 over superlayer 1: MB1's inner superlayer shields the outer one, elsewhere they nearly agree. */
const outerOverInner: Readonly<Record<number, number>> = { 1: 0.87, 2: 0.93, 3: 0.94, 4: 0.97 };

/** Theta over superlayer 1 by station and |wheel|. */
const thetaOverPhi: Readonly<Record<number, readonly number[]>> = {
  1: [0.82, 0.79, 0.73],
  2: [1.0, 1.01, 1.03],
  3: [1.25, 1.26, 1.24],
};

/** Neutrons gather in the upper part of the cavern and reach the outermost station from above. */
const mb4Sector: Readonly<Record<number, number>> = {
  3: 1.5,
  4: 2,
  5: 1.5,
  13: 2,
  9: 0.8,
  10: 0.7,
  11: 0.8,
  14: 0.7,
};

/** Expected hits of an average wire of a healthy superlayer at the reference number of lumisections. */
export function hitsPerWire({ wheel, station, sector }: ChamberId, superlayer: Superlayer): number {
  const distance = Math.abs(wheel);
  const phi = phiRate[station]![distance]! * (station === 4 ? (mb4Sector[sector] ?? 1) : 1);
  if (superlayerKind(superlayer) === 'theta') return phi * thetaOverPhi[station]![distance]!;
  return superlayer === 3 ? phi * outerOverInner[station]! : phi;
}

/** Level at the ends and in the middle of a theta layer, by station and |wheel|: it looks along the beam, where rates change. */
const thetaShape: Readonly<
  Record<number, readonly (readonly [first: number, middle: number, last: number])[]>
> = {
  1: [
    [1.02, 1.03, 0.92],
    [1.42, 0.98, 0.84],
    [0.52, 1.22, 0.85],
  ],
  2: [
    [1.3, 1.0, 0.9],
    [1.05, 1.0, 0.92],
    [0.92, 1.06, 0.92],
  ],
  3: [
    [1.35, 0.96, 1.0],
    [1.2, 0.99, 0.97],
    [1.5, 0.94, 1.02],
  ],
};

const phiShape = [0.93, 1.03, 0.94] as const;
const smoothTerms = 7;
/** Readout groups of one superlayer begin at multiples of this many wires. */
const readoutStep = 16;

/**
 * Relative hits along one healthy superlayer, mean near 1: average shape, smooth deviation, local bumps, edges, steps.
 *
 * @param wires cells of its widest layer.
 */
export function superlayerProfile(
  chamber: ChamberId,
  superlayer: Superlayer,
  wires: number,
  spread: HealthySpread,
  random: Random,
): Float64Array {
  const theta = superlayerKind(superlayer) === 'theta';
  const average = theta ? thetaShape[chamber.station]![Math.abs(chamber.wheel)]! : phiShape;
  // Where the average is steep, reality differs more.
  const steepness = 1 + 2 * Math.abs(average[0] - average[2]);
  const smooth = smoothDeviation(wires, spread.smooth * steepness, random);
  const profile = smooth.map((deviation, wire) => {
    const x = (2 * wire) / (wires - 1) - 1;
    return Math.max(0.12, throughThree(average, x) * Math.exp(deviation));
  });
  addBumps(profile, spread, random);
  addStep(profile, spread, theta, random);
  addEdges(profile, spread, random);
  return scaleToMean(profile);
}

/** Chebyshev series with random coefficients that fall off with their order. */
export function smoothDeviation(wires: number, sd: number, random: Random): Float64Array {
  const coefficients = Array.from({ length: smoothTerms }, (_, k) =>
    normal(random, 0, sd / Math.sqrt(k + 1)),
  );
  return Float64Array.from({ length: wires }, (_, wire) => {
    const x = (2 * wire) / (wires - 1) - 1;
    let before = 1;
    let term = x;
    let sum = 0;
    for (const coefficient of coefficients) {
      sum += coefficient * term;
      [before, term] = [term, 2 * x * term - before];
    }
    return sum;
  });
}

/** The parabola through the levels at -1, 0 and 1. */
function throughThree([first, middle, last]: readonly [number, number, number], x: number): number {
  return middle + ((last - first) / 2) * x + ((first + last) / 2 - middle) * x * x;
}

function addBumps(profile: Float64Array, { bumps, bumpHeight }: HealthySpread, random: Random): void {
  for (let left = poisson(random, bumps); left > 0; left--) {
    const centre = uniform(random, 0, profile.length);
    const width = uniform(random, 1, 5);
    const height = normal(random, 0, bumpHeight);
    for (let wire = 0; wire < profile.length; wire++) {
      profile[wire]! *= Math.exp(height * Math.exp(-(((wire - centre) / width) ** 2) / 2));
    }
  }
}

function addStep(
  profile: Float64Array,
  { step, stepLevel }: HealthySpread,
  theta: boolean,
  random: Random,
): void {
  if (!chance(random, theta ? 2 * step : step)) return;
  const boundary = pick(random, [readoutStep, 2 * readoutStep, profile.length - readoutStep]);
  const level = uniform(random, ...stepLevel);
  const before = chance(random, 0.5);
  for (let wire = 0; wire < profile.length; wire++) {
    if (wire < boundary === before) profile[wire]! *= level;
  }
}

function addEdges(profile: Float64Array, { edge }: HealthySpread, random: Random): void {
  const last = profile.length - 1;
  for (const from of [0, last]) {
    const reach = integer(random, 1, 3);
    const level = uniform(random, ...edge);
    for (let step = 0; step < reach; step++) {
      profile[Math.abs(from - step)]! *= 1 + (level - 1) * (1 - step / reach);
    }
  }
}

function scaleToMean(profile: Float64Array): Float64Array {
  const level = mean(profile);
  return profile.map((value) => value / level);
}
