import { formatChamber } from '@dtdqm/contract';
import { inputsOfRun } from '@dtdqm/detector';
import { scoreChambers, type LoadedModel } from '@dtdqm/detector/engine';
import { simulateChamber } from '@dtdqm/simulator/detector';
import { looksAt, type ChamberLook, type Trip } from './trips.ts';

const atOnce = 30;

/**
 * Seconds from a trip until the whole run's own verdict, made anew with every look at all hits so far, calls a layer bad in which it was: beside
 * three good runs before. Null where it never does.
 */
export function cumulativeDetection(model: LoadedModel, trip: Trip, pollSeconds: number): number | null {
  const { counter, script, fault, seed } = trip;
  const { chamber } = fault;
  const past = [3, 2, 1].map((run) => ({
    run,
    matrix: simulateChamber({ chamber, buildSeed: seed, runSeed: `${seed}:${run}`, lumisections: 250 })
      .matrix,
  }));
  const inputOf = ({ soFar: matrix }: ChamberLook) =>
    inputsOfRun([{ chamber, matrix }], new Map([[formatChamber(chamber), past]]));
  let seconds = 0;
  const after: { look: ChamberLook; seconds: number }[] = [];
  for (const look of looksAt(counter, script, pollSeconds)) {
    seconds += pollSeconds;
    if (seconds > fault.from) after.push({ look, seconds: seconds - fault.from });
  }
  for (let first = 0; first < after.length; first += atOnce) {
    const some = after.slice(first, first + atOnce);
    const judged = scoreChambers(
      model,
      some.flatMap(({ look }) => inputOf(look)),
      { saliency: false },
    );
    const found = judged.findIndex(({ verdicts }) =>
      fault.layers.some((layer) => verdicts[layer - 1] === 'bad'),
    );
    if (found >= 0) return some[found]!.seconds;
  }
  return null;
}
