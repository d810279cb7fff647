import { layersOfSuperlayer, superlayersOf, type ChamberId, type Matrix } from '@dtdqm/contract';
import {
  type Random,
  binomial,
  chance,
  integer,
  logUniform,
  normal,
  pick,
  uniform,
} from '@dtdqm/contract/random';
import {
  drawFault,
  simulateChamber,
  type ChamberConditions,
  type InjectedFault,
  type InjectedKind,
} from '@dtdqm/simulator/detector';

/** Share of chambers with a past in which something sinks that neighbours hardly show. */
export const sinkShare = 0.15;

const sinkingKinds: readonly InjectedKind[] = [
  'front-end-board',
  'readout-group',
  'chamber-readout-group',
  'dead-superlayer',
  'weak-region',
];
/** Between these levels of what it was opinions differ on whether a place is bad. */
const surelyBad = 0.5;
const surelyGood = 0.7;

/**
 * A fault that has not sunk to the end yet and takes all layers alike, mostly; a whole chamber only when run lengths are
 * known, without which a short run looks the same.
 */
export function drawSink(chamber: ChamberId, lengthsKnown: boolean, random: Random): InjectedFault {
  const kind = lengthsKnown && chance(random, 0.3) ? 'dead-chamber' : pick(random, sinkingKinds);
  const level = uniform(random, 0.05, 0.95);
  return { ...drawFault(kind, chamber, random), level, bad: level < surelyBad };
}

export function isUndecided({ kind, level, bad, layers }: InjectedFault): boolean {
  if (bad || kind === 'low-statistics') return false;
  // A layer alone shows beside its siblings long before it is at this level.
  return level >= surelyBad && level < (layers.length === 1 ? 1 : surelyGood);
}

/** Runs of the past that a chamber is compared with. */
const longestPast = 4;
/** Share of faults that were there in part before, in runs that were taken to be good. */
const sinking = 0.4;
/** From run to run healthy chambers and superlayers change their level by so much (sd), and superlayers their shape. */
const chamberDrift = 0.08;
const superlayerDrift = 0.03;
const shapeDrift = 0.04;

/**
 * Good runs before, newest first: the chamber as it was built, its level and shape a little off, and what is bad now sinking
 * in some of them.
 *
 * @param lumisections of the run that they are the past of.
 * @returns the matrices, and the length of each over that of the run as other chambers would tell it.
 */
export function simulatePast(
  conditions: Pick<ChamberConditions, 'chamber' | 'buildSeed' | 'spread'>,
  lumisections: number,
  faults: readonly InjectedFault[],
  random: Random,
): { history: Matrix[]; exposures: number[] } {
  const furthest = chance(random, sinking) ? uniform(random, 0, 0.7) : 0;
  const runs = integer(random, 1, longestPast);
  const exposures: number[] = [];
  const history = Array.from({ length: runs }, (_, back) => {
    const length = logUniform(random, 50, 2000);
    const progress = (furthest * (runs - back)) / runs;
    const { matrix } = simulateChamber({
      ...conditions,
      runSeed: `${conditions.buildSeed}/past/${back}`,
      lumisections: length,
      faults: furthest > 0 ? faults.map((fault) => inPart(fault, progress)) : [],
    });
    exposures.push(((mostKept * length) / lumisections) * Math.exp(normal(random, 0, chamberDrift)));
    return drifted(conditions.chamber, matrix, random);
  });
  return { history, exposures };
}

function inPart(fault: InjectedFault, progress: number): InjectedFault {
  return { ...fault, level: 1 + (fault.level - 1) * progress };
}

/** Thins every superlayer by a smooth curve of its own, which leaves counts Poisson. */
function drifted({ station }: ChamberId, matrix: Matrix, random: Random): Matrix {
  const result = [...matrix];
  for (const superlayer of superlayersOf(station)) {
    const level = normal(random, 0, superlayerDrift);
    const [slope, arch] = [normal(random, 0, shapeDrift), normal(random, 0, shapeDrift)];
    for (const layer of layersOfSuperlayer(superlayer)) {
      const row = matrix[layer - 1]!;
      result[layer - 1] = row.map((hits, wire) => {
        if (hits <= 0) return hits;
        const x = (2 * wire) / (row.length - 1) - 1;
        const share = mostKept * Math.exp(level + slope * x + arch * (2 * x * x - 1));
        return binomial(random, hits, Math.min(1, share));
      });
    }
  }
  return result;
}

/** Leaves room above for superlayers that counted more. */
const mostKept = 0.85;
