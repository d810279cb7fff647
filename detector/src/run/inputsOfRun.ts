import { formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import { chamberLevel, meanOfWires, hitsAtLevel } from '../features/levels.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import type { ScorerInput } from '../scorer.ts';
import {
  expectFromOthers,
  exposureOf,
  spreadByStation,
  type ChamberLevel,
  type WholeExpectation,
  levelsExpected,
} from './expectWhole.ts';

export interface MatrixOfChamber {
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
  /** Its hits may be of a part of the run only: other chambers do not tell what to expect of it, nor it of others. */
  readonly partial?: boolean | undefined;
}

/** A chamber as a run before counted it. */
interface PastMatrix {
  readonly run: number;
  readonly matrix: Matrix;
}

/**
 * Puts the chambers of a run beside each other and beside their past. How long each past run was, is told by the median chamber of the
 * same station, and how many hits to expect of a chamber as a whole by the others: only so does a chamber show that sinks as a whole. The
 * more chambers of the run are given, the better it is known.
 *
 * @param past by `formatChamber`, newest first.
 */
export function inputsOfRun(
  chambers: readonly MatrixOfChamber[],
  past: ReadonlyMap<string, readonly PastMatrix[]>,
): ScorerInput[] {
  const pasts = chambers.map(({ chamber }) => past.get(formatChamber(chamber)) ?? []);
  const exposures = exposuresOf(chambers, pasts);
  const whole = chambers.filter(({ partial }) => !partial);
  const levels = whole.map(levelled);
  const fromOthers = expectFromOthers(levels);
  const fromPast = expectFromPast(
    levels,
    whole.map((each) => pasts[chambers.indexOf(each)]!),
    whole.map((each) => exposures[chambers.indexOf(each)]),
  );
  return chambers.map((each, index) => {
    const { chamber, matrix } = each;
    const at = whole.indexOf(each);
    return {
      chamber,
      matrix,
      history: pasts[index]!.map(({ matrix: then }) => then),
      exposures: exposures[index],
      expected: [fromPast[at], fromOthers[at]].filter((known) => known !== undefined),
    };
  });
}

type Pasts = readonly (readonly PastMatrix[])[];

/** Of each chamber, how long its past runs were over this one; undefined where one is not known. */
function exposuresOf(chambers: readonly MatrixOfChamber[], pasts: Pasts): (number[] | undefined)[] {
  const ratios = new Map<string, number[]>();
  chambers.forEach(({ chamber, matrix, partial }, index) => {
    if (partial) return;
    const now = hitsPerWire(matrix);
    for (const { run, matrix: then } of pasts[index]!) {
      const ratio = hitsPerWire(then) / now;
      if (!(ratio > 0 && ratio < Infinity)) continue;
      const key = keyOf(chamber, run);
      ratios.set(key, [...(ratios.get(key) ?? []), ratio]);
    }
  });
  const byRun = new Map([...ratios].map(([key, known]) => [key, exposureOf(known)]));
  return chambers.map(({ chamber, partial }, index) => {
    const own = pasts[index]!.map(({ run }) => byRun.get(keyOf(chamber, run)));
    return !partial && own.every((each) => each !== undefined) ? own : undefined;
  });
}

function keyOf({ station }: ChamberId, run: number): string {
  return `${station}/${run}`;
}

/** Of all wires, noisy cells held down. Loops, as each scoring of a run asks it of a thousand matrices. */
function hitsPerWire(matrix: Matrix): number {
  const hits = new Float64Array(matrix.length * (matrix[0]?.length ?? 0));
  let wires = 0;
  for (const row of matrix) {
    for (const count of row) if (count >= 0) hits[wires++] = count;
  }
  return meanOfWires(hits.subarray(0, wires));
}

function levelled({ chamber, matrix }: MatrixOfChamber): ChamberLevel {
  return { chamber, level: chamberLevel(chamber, chamberWires({ chamber, matrix }).layers) };
}

/** What each chamber's share in good runs before lets expect of it. */
function expectFromPast(
  chambers: readonly ChamberLevel[],
  pasts: Pasts,
  exposures: readonly (readonly number[] | undefined)[],
): (WholeExpectation | undefined)[] {
  const expected = chambers.map(({ chamber }, index) => {
    const lengths = exposures[index];
    if (!lengths || lengths.length === 0) return undefined;
    const then = sum(pasts[index]!.map(({ matrix }) => levelled({ chamber, matrix }).level));
    return then / sum(lengths);
  });
  const spreads = spreadByStation(chambers, expected);
  return expected.map((level, index) => {
    if (level === undefined) return undefined;
    const spread = spreads.get(chambers[index]!.chamber.station)!;
    return { level, spread, from: 'past', count: pasts[index]!.length };
  });
}

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
