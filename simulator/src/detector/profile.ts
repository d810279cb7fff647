import { type ChamberId, type Superlayer, superlayerKind } from '@dtdqm/contract';
import { mean } from '@dtdqm/contract/numbers';
import { type Random, chance, integer, normal, pick, poisson, uniform } from '@dtdqm/contract/random';

/** How far healthy detectors differ from the average one. Fractions unless stated; sd = one standard deviation. */
export interface HealthySpread {
  /** Chamber's level against its station's, sd of the logarithm. */
  chamberLevel: number;
  /** A superlayer's level against the chamber's, sd of the logarithm. */
  superlayerLevel: number;
  /** A layer's level against its superlayer's, sd. */
  layerLevel: number;
  /** A wire's level against its column's, sd. */
  wireLevel: number;
  /** Smooth deviation of a superlayer's profile from the average one: sd of the first Chebyshev term, later ones fall off. */
  smooth: number;
  /** The same for a layer against its superlayer. */
  layerSmooth: number;
  /** Local bumps common to a superlayer: mean number, and sd of their height. */
  bumps: number;
  bumpHeight: number;
  /** Level of the outermost cells. */
  edge: readonly [low: number, high: number];
  /** Probability that a readout group of a superlayer runs at another level, as theta wires 1-32 of a real healthy chamber do. */
  step: number;
  stepLevel: readonly [low: number, high: number];
  /** Share of hits from muons that cross all four layers, which makes siblings fluctuate together. */
  trackShare: readonly [low: number, high: number];
  /** Probability that counts come in lumps (a hit counted several times), and how large these are. */
  lumpy: number;
  lumpSize: readonly [low: number, high: number];
  /** Isolated dead, weak and noisy cells per layer, means. */
  deadCells: number;
  weakCells: number;
  noisyCells: number;
}

/** Matches the real healthy chambers (simulator/README.md). */
export const calibratedSpread: HealthySpread = {
  chamberLevel: 0.06,
  superlayerLevel: 0.025,
  layerLevel: 0.011,
  wireLevel: 0.02,
  smooth: 0.07,
  layerSmooth: 0.008,
  bumps: 0.8,
  bumpHeight: 0.08,
  edge: [0.86, 1.02],
  step: 0.02,
  stepLevel: [0.68, 0.92],
  trackShare: [0.1, 0.5],
  lumpy: 0.1,
  lumpSize: [1.4, 3],
  deadCells: 0.1,
  weakCells: 0.02,
  noisyCells: 0.02,
};

/** A little wider than reality: what a detector of faults should be trained on, mostly. */
export const wideSpread: HealthySpread = {
  chamberLevel: 0.3,
  superlayerLevel: 0.03,
  layerLevel: 0.014,
  wireLevel: 0.028,
  smooth: 0.09,
  layerSmooth: 0.011,
  bumps: 1.2,
  bumpHeight: 0.1,
  edge: [0.6, 1.2],
  step: 0.03,
  stepLevel: [0.66, 0.95],
  trackShare: [0, 0.8],
  lumpy: 0.15,
  lumpSize: [1.2, 4],
  deadCells: 0.12,
  weakCells: 0.04,
  noisyCells: 0.05,
};

/** Wider than any chamber that was seen, on every count: nobody knows how far those go that were never recorded. */
export const roughSpread: HealthySpread = {
  ...wideSpread,
  superlayerLevel: 0.055,
  layerLevel: 0.022,
  wireLevel: 0.035,
  smooth: 0.14,
  layerSmooth: 0.016,
  bumps: 1.5,
  bumpHeight: 0.13,
  edge: [0.55, 1.25],
  step: 0.06,
  weakCells: 0.05,
  noisyCells: 0.06,
};

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
/** Readout groups at another level have 16 or 32 wires at either end, as those of a real healthy chamber do (1 of 18 that were seen). */
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
  const step = drawStep(profile, spread, theta, random);
  addEdges(profile, spread, random);
  // A group at a lower level takes its hits away; the others do not count more for it.
  const scaled = scaleToMean(profile);
  return step ? scaled.map((value, wire) => value * step[wire]!) : scaled;
}

/** Chebyshev series with random coefficients that fall off with their order. */
export function smoothDeviation(wires: number, sd: number, random: Random): Float64Array {
  const coefficients = Array.from({ length: smoothTerms }, (_, k) =>
    normal(random, 0, sd / Math.sqrt(k + 1)),
  );
  // A fifth of a simulated chamber is this: filled in place, which is several times as fast as `Float64Array.from`.
  const deviation = new Float64Array(wires);
  for (let wire = 0; wire < wires; wire++) {
    const x = (2 * wire) / (wires - 1) - 1;
    let before = 1;
    let term = x;
    let sum = 0;
    for (const coefficient of coefficients) {
      sum += coefficient * term;
      const next = 2 * x * term - before;
      before = term;
      term = next;
    }
    deviation[wire] = sum;
  }
  return deviation;
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

function drawStep(
  { length }: Float64Array,
  { step, stepLevel }: HealthySpread,
  theta: boolean,
  random: Random,
): Float64Array | undefined {
  if (!chance(random, theta ? 2 * step : step)) return undefined;
  const group = pick(random, [readoutStep, 2 * readoutStep]);
  const level = uniform(random, ...stepLevel);
  const before = chance(random, 0.5);
  return Float64Array.from({ length }, (_, wire) =>
    (before ? wire : length - 1 - wire) < group ? level : 1,
  );
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
