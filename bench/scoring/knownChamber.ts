import { allChambers, type ChamberId, type Matrix } from '@dtdqm/contract';
import { logUniform, pick, randomOf, type Random } from '@dtdqm/contract/random';
import {
  asPast,
  calibratedSpread,
  healthyExpectation,
  simulateChamber,
  type Expectation,
} from '@dtdqm/simulator/detector';

const runsBefore = 3;

/** A simulated chamber whose rates are known. */
export interface KnownChamber {
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
  readonly history: Matrix[];
  readonly exposures: number[];
  readonly truth: Expectation;
}

/** As `simulatedSource` of the evaluation with three good runs before, and what was expected of every wire (`truth`). */
export function drawKnown(random: Random): KnownChamber {
  const chamber = pick(random, allChambers);
  const buildSeed = Math.floor(random() * 2 ** 31);
  const lengthOf = () => logUniform(random, 20, 2000);
  const length = lengthOf();
  const count = (runSeed: string, lumisections: number) =>
    simulateChamber({ chamber, buildSeed, runSeed, lumisections, spread: calibratedSpread }).matrix;
  const runs = Array.from({ length: runsBefore }, (_, back) => {
    const before = lengthOf();
    return asPast(chamber, count(`${buildSeed}/${back}`, before), before / length, random);
  });
  const built = randomOf(buildSeed, 'built', chamber.wheel, chamber.station, chamber.sector);
  return {
    chamber,
    matrix: count(`${buildSeed}`, length),
    history: runs.map(({ matrix }) => matrix),
    exposures: runs.map(({ exposure }) => exposure),
    truth: healthyExpectation(chamber, length, calibratedSpread, built),
  };
}
