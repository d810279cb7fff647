import { isSameChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { simulateChamber } from '@dtdqm/simulator/detector';
import type { OccupancySource } from '@dtdqm/worker/dqm/source';
import { inRun, lumisectionsOf, week, type PlannedFault } from './plan.ts';

/** The simulated week as the pipeline sees it, without a server in between. */
export function weekSource(seed: string, plan: readonly PlannedFault[], dataset: string): OccupancySource {
  return {
    listRuns: () =>
      Promise.resolve({
        runs: Array.from({ length: week.runs }, (_, index) => ({
          run: week.firstRun + index,
          dataset,
        })).reverse(),
        odd: [],
      }),
    fetchChamber: ({ run }, chamber) => Promise.resolve(matrixOf(seed, plan, run - week.firstRun, chamber)),
    origin: () => 'simulated',
    ready: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function matrixOf(seed: string, plan: readonly PlannedFault[], run: number, chamber: ChamberId): Matrix {
  const faults = plan
    .filter((planned) => isSameChamber(planned.chamber, chamber))
    .flatMap((planned) => inRun(planned, run) ?? []);
  return simulateChamber({
    chamber,
    buildSeed: seed,
    runSeed: `${seed}:${run}`,
    lumisections: lumisectionsOf(seed, run),
    faults,
  }).matrix;
}
