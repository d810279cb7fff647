import type { ChamberId, Matrix } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { chamberLevel, hitsAtLevel, meanOfWires } from '../features/levels.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import type { ScorerInput } from '../scorer.ts';
import { levelsExpected, spreadByStation } from './expectWhole.ts';

/** Hits of a chamber in a part of a run. */
export interface PartOfChamber {
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
}

/**
 * What the other chambers let expect of each in a part of a run that is the same for all that are given. Expectations of parts that follow
 * each other add up.
 *
 * @param wanted chambers, which need not be among those given.
 * @returns hits per wire in units of superlayer 1, in the order of `wanted`; undefined where the others do not tell.
 */
export function expectedInPart(
  wanted: readonly ChamberId[],
  parts: readonly PartOfChamber[],
): (number | undefined)[] {
  return levelsExpected(
    wanted,
    parts.map((part) => ({ chamber: part.chamber, level: meanLevel(part) })),
  );
}

/**
 * Puts chambers beside each other of which each has a part of the run of its own, by what was expected of it in that: only so is one that is
 * dead told from a part that is short. They have no past here: parts of a run and whole runs before it differ too much in length.
 */
export function inputsOfSlices(
  slices: readonly (PartOfChamber & { readonly expected: number | null })[],
): ScorerInput[] {
  const levels = slices.map((slice) => ({ chamber: slice.chamber, level: levelOf(slice) }));
  const spreads = spreadByStation(
    levels,
    slices.map(({ expected }) => expected ?? undefined),
  );
  return slices.map(({ chamber, matrix, expected }) => {
    if (expected === null) return { chamber, matrix };
    const count = slices.filter((other) => other.chamber.station === chamber.station).length - 1;
    const spread = spreads.get(chamber.station)!;
    return { chamber, matrix, expected: [{ level: expected, spread, from: 'other-chambers', count }] };
  });
}

/** Of all layers alike: that of the best, which `chamberLevel` takes, is by chance too high where counts are small, and such excesses would add up. */
function meanLevel({ chamber, matrix }: PartOfChamber): number {
  const { layers } = chamberWires({ chamber, matrix });
  const wanted = hitsAtLevel(chamber, layers, 1);
  return wanted === 0 ? 0 : sumOf(layers, (hits) => (hits ? meanOfWires(hits) * hits.length : 0)) / wanted;
}

function levelOf({ chamber, matrix }: PartOfChamber): number {
  return chamberLevel(chamber, chamberWires({ chamber, matrix }).layers);
}
