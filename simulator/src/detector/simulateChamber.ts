import type { ChamberId, Matrix } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { drawHits } from './draw.ts';
import { healthyExpectation } from './expectation.ts';
import { badLayersOf, type InjectedFault } from './faults/fault.ts';
import { injectFaults } from './faults/inject.ts';
import { visibleEvidence } from './faults/visibility.ts';
import { calibratedSpread, type HealthySpread } from './spread.ts';

export interface ChamberConditions {
  readonly chamber: ChamberId;
  /** Identifies the chamber as built: same seed, same profile, same cell defects. */
  readonly buildSeed: number | string;
  /** Identifies the run: same seed, same counts. */
  readonly runSeed: number | string;
  /** Length of the run; hits are proportional to it (simulator/README.md). */
  readonly lumisections: number;
  readonly faults?: readonly InjectedFault[];
  readonly spread?: HealthySpread;
}

export interface SimulatedChamber {
  readonly matrix: Matrix;
  readonly faults: readonly InjectedFault[];
  /** Layers 1..12 that an expert would call bad. */
  readonly badLayers: readonly number[];
  /** How much of that can be seen at all in this run, nats by layer (see `visibleEvidence`). */
  readonly evidence: readonly number[];
}

/** One chamber in one run. Depends on its arguments alone. */
export function simulateChamber({
  chamber,
  buildSeed,
  runSeed,
  lumisections,
  faults = [],
  spread = calibratedSpread,
}: ChamberConditions): SimulatedChamber {
  const { wheel, station, sector } = chamber;
  const place = [wheel, station, sector] as const;
  const built = randomOf(buildSeed, 'built', ...place);
  const healthy = healthyExpectation(chamber, lumisections, spread, built);
  const counted = randomOf(runSeed, 'counted', ...place);
  const matrix = drawHits(injectFaults(healthy, faults), healthy, counted);
  return { matrix, faults, badLayers: badLayersOf(faults), evidence: visibleEvidence(healthy, faults) };
}
