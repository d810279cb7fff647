import { allChambers, layersOf, type ChamberId, type Matrix, wiresOf } from '@dtdqm/contract';
import { logUniform, pick, type Random, uniform } from '@dtdqm/contract/random';
import type { Example } from '@dtdqm/detector/training';
import {
  asPast,
  calibratedSpread,
  dealOut,
  type Past,
  simulateChamber,
  thinned,
} from '@dtdqm/simulator/detector';

/** A healthy chamber of one run with good runs before, drawn at random; layers not known to be good are null in `bad`. */
export type HealthySource = (random: Random, past: number) => Example;

/** Lengths of simulated runs: 15 to 1,500 hits per wire in the outer MB1, 1 to 110 in MB3. */
const lumisections = [20, 2000] as const;

/** Fresh healthy chambers as real ones are, each run before as long as others are. */
export const simulatedSource: HealthySource = (random, past) => {
  const chamber = pick(random, allChambers);
  const buildSeed = Math.floor(random() * 2 ** 31);
  const length = logUniform(random, ...lumisections);
  const count = (runSeed: string, lumisections: number) =>
    simulateChamber({ chamber, buildSeed, runSeed, lumisections, spread: calibratedSpread }).matrix;
  const runs = Array.from({ length: past }, (_, back) => {
    const before = logUniform(random, ...lumisections);
    return asPast(chamber, count(`${buildSeed}/${back}`, before), before / length, random);
  });
  return healthyExample(chamber, count(`${buildSeed}`, length), pastOf(runs));
};

/**
 * Recorded chambers that are known to be good, in part: a shorter run of the same chamber. With runs before, half of the hits are the
 * run's and the others are dealt out to those, as no recorded chamber comes with its past.
 */
export function recordedSource(recorded: readonly Example[]): HealthySource {
  const healthy = recorded.filter(({ bad }) => bad.every((value) => value !== 1)).map(leaveOutDead);
  if (healthy.length === 0)
    throw new RangeError('no chamber is known to be good: give some with "badLayers": []');
  return (random, past) => {
    const { chamber, matrix, bad } = pick(random, healthy);
    if (past === 0) {
      const run = thinned(matrix, uniform(random, ...kept), random);
      return { ...healthyExample(chamber, run, pastOf([])), bad };
    }
    const share = 1 / (2 * past);
    const [run, ...before] = dealOut(matrix, [0.5, ...new Array<number>(past).fill(share)], random);
    const runs = before.map((counted) => asPast(chamber, counted, 2 * share, random));
    return { ...healthyExample(chamber, run!, pastOf(runs)), bad };
  };
}

/** Share of a recorded chamber's hits that is taken, so that no two are the same. */
const kept = [0.6, 1] as const;

function healthyExample(chamber: ChamberId, matrix: Matrix, past: Past): Example {
  const layers = layersOf(chamber.station);
  return {
    run: 1,
    chamber,
    matrix,
    ...past,
    bad: matrix.map((_, row) => (layers.includes(row + 1) ? 0 : null)),
  };
}

function pastOf(runs: readonly { matrix: Matrix; exposure: number }[]): Past {
  return { history: runs.map(({ matrix }) => matrix), exposures: runs.map(({ exposure }) => exposure) };
}

/** Runs of dead cells from this length on are what the detector is there to find, whatever a recording says. */
const longestHealthyRun = 5;

/** Takes the label off layers with a long dead run. */
function leaveOutDead(example: Example): Example {
  const bad = example.bad.map((value, row) =>
    longestDeadRun(wiresOf(example.matrix[row]!)) > longestHealthyRun ? null : value,
  );
  return { ...example, bad };
}

function longestDeadRun(wires: readonly number[]): number {
  let longest = 0;
  let current = 0;
  for (const hits of wires) {
    current = hits === 0 ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}
