import { superlayerKind, type ChamberId, type Superlayer } from '@dtdqm/contract';

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
