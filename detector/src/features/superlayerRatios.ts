import type { Station, Wheel } from '@dtdqm/contract';

/**
 * Hits per wire of superlayers 1, 2, 3 over superlayer 1 in healthy chambers, by station and |wheel|. Source: real runs
 * 272011-304740; theta layers differ by 15-30 %, the outer phi superlayer of MB1 is shielded by the inner one. MB4
 * has no theta and is not measured: its two phi superlayers are taken to be nearly equal.
 */
const ratios: Readonly<Record<Station, readonly (readonly [number, number, number])[]>> = {
  1: [
    [1, 0.82, 0.88],
    [1, 0.8, 0.88],
    [1, 0.73, 0.86],
  ],
  2: [
    [1, 1.0, 0.95],
    [1, 1.01, 0.94],
    [1, 1.04, 0.93],
  ],
  3: [
    [1, 1.25, 0.94],
    [1, 1.27, 0.94],
    [1, 1.23, 0.93],
  ],
  4: [
    [1, 1, 0.97],
    [1, 1, 0.97],
    [1, 1, 0.97],
  ],
};

export function superlayerRatio(station: Station, wheel: Wheel, superlayer: number): number {
  return ratios[station][Math.abs(wheel)]![superlayer - 1]!;
}
