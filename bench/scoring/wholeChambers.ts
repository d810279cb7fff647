import { allChambers, formatChamber, layersOf, type ChamberId, type Matrix } from '@dtdqm/contract';
import { pick, randomOf } from '@dtdqm/contract/random';
import { inputsOfRun, type MatrixOfChamber } from '@dtdqm/detector';
import { scoreChambers, type LoadedModel } from '@dtdqm/detector/engine';
import { simulateChamber, type InjectedFault } from '@dtdqm/simulator/detector';

/** Hits per wire of 100 lumisections: 5 in MB3, 75 in the outer MB1, see the simulator. */
const fullRun = 200;
/** Lengths of good runs before. */
const pastRuns = [260, 120, 200, 90];
/** What is left of a chamber, and of a whole run, per cent. */
export const shares = [0, 0.2, 1, 2, 5, 10, 30, 100];

export type Judged = ReturnType<typeof scoreChambers>[number];

export interface WholeRun {
  readonly seed: string;
  readonly lumisections?: number;
  /** What is left of chambers, 0..1, by `formatChamber`; all of the others. */
  readonly left?: ReadonlyMap<string, number>;
  readonly withPast?: boolean;
  /** Chambers of the run; all unless set. */
  readonly chambers?: readonly ChamberId[];
}

/** All chambers of a simulated run as the pipeline gives them to the scorer. */
export function inputsOf(run: WholeRun) {
  const { seed, lumisections = fullRun, left, withPast = false, chambers = allChambers } = run;
  const counted = (chamber: ChamberId, number: number, length: number, share = 1) =>
    matrixOf(chamber, seed, number, length, share);
  const past = withPast
    ? new Map(
        chambers.map((chamber) => [
          formatChamber(chamber),
          pastRuns.map((length, age) => ({ run: 99 - age, matrix: counted(chamber, 99 - age, length) })),
        ]),
      )
    : new Map<string, never>();
  const cells = chambers.map((chamber): MatrixOfChamber => ({
    chamber,
    matrix: counted(chamber, 100, lumisections, left?.get(formatChamber(chamber))),
  }));
  return inputsOfRun(cells, past);
}

/** By all that it depends on: most chambers of a run are the same in all that is tried. */
const known = new Map<string, Matrix>();

function matrixOf(
  chamber: ChamberId,
  seed: string,
  run: number,
  lumisections: number,
  share: number,
): Matrix {
  const key = [formatChamber(chamber), seed, run, lumisections, share].join('/');
  const faults = share < 1 ? [sunkTo(chamber, share)] : [];
  const matrix =
    known.get(key) ??
    simulateChamber({ chamber, buildSeed: seed, runSeed: `${seed}:${run}`, lumisections, faults }).matrix;
  known.set(key, matrix);
  return matrix;
}

function sunkTo({ station }: ChamberId, level: number): InjectedFault {
  return {
    kind: 'dead-chamber',
    layers: layersOf(station),
    wires: { first: 1, last: 200 },
    level,
    bad: true,
  };
}

/** @param isAsked which chambers are to be judged, beside all others. */
export function judgeRun(
  model: LoadedModel,
  run: WholeRun,
  isAsked: (chamber: ChamberId) => boolean = () => true,
): { chamber: ChamberId; judged: Judged }[] {
  const inputs = inputsOf(run).filter(({ chamber }) => isAsked(chamber));
  const judged = scoreChambers(model, inputs, { saliency: false });
  return inputs.map(({ chamber }, index) => ({ chamber, judged: judged[index]! }));
}

export interface SinkRow {
  readonly percent: number;
  readonly withPast: boolean;
  /** One chamber at this share in a run of full statistics: how many, of which all layers are bad; names and an example. */
  readonly chambers: number;
  readonly bad: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly note: string;
  /** Layers of the same run short for everybody, by verdict. */
  readonly short: Readonly<Record<string, number>>;
}

/** The table of the chambers that die as a whole: `perRun` of them, of any station, in a run each share. */
export function sinkTable(model: LoadedModel, seed: string, perRun = 12): SinkRow[] {
  return [false, true].flatMap((withPast) =>
    shares.map((percent) => {
      const random = randomOf(seed, percent);
      const chosen = new Set(
        Array.from({ length: perRun }, (_, index) =>
          formatChamber(
            pick(
              random,
              allChambers.filter(({ station }) => station === 1 + (index % 4)),
            ),
          ),
        ),
      );
      const left = new Map([...chosen].map((key) => [key, percent / 100]));
      const sick = judgeRun(model, { seed, left, withPast }, (chamber) => left.has(formatChamber(chamber)));
      const all = judgeRun(model, { seed, lumisections: (fullRun * percent) / 100, withPast });
      return {
        percent,
        withPast,
        chambers: sick.length,
        bad: sick.filter(({ judged }) => isBad(judged)).length,
        kinds: countOf(sick.flatMap(({ judged }) => judged.faults.map(({ kind }) => kind))),
        note: sick[0]!.judged.faults[0]?.note ?? '',
        short: countOf(all.flatMap(({ judged }) => judged.verdicts.filter((verdict) => verdict !== null))),
      };
    }),
  );
}

/** All layers are. */
export function isBad({ verdicts }: Judged): boolean {
  return verdicts.every((verdict) => verdict === 'bad' || verdict === null);
}

export function countOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** Chambers of simulated healthy runs, and those that are called dead or weak as a whole. */
export function falseAlarms(model: LoadedModel, runs: readonly WholeRun[]) {
  const judged = runs.flatMap((run) => judgeRun(model, run));
  const called = judged.filter(({ judged: { faults } }) =>
    faults.some(({ kind }) => kind === 'dead-chamber' || kind === 'weak-chamber'),
  );
  const verdicts = judged.flatMap((each) => each.judged.verdicts.filter((verdict) => verdict !== null));
  return {
    chambers: judged.length,
    called: called.map(({ chamber }) => formatChamber(chamber)),
    layers: countOf(verdicts),
  };
}

export function chambersWhere(isOne: (chamber: ChamberId) => boolean, share: number): Map<string, number> {
  return new Map(allChambers.filter(isOne).map((chamber) => [formatChamber(chamber), share]));
}
