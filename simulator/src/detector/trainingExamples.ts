import {
  allChambers,
  layersOfSuperlayer,
  rowsPerChamber,
  superlayerOfLayer,
  superlayersOf,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import {
  type Random,
  binomial,
  chance,
  integer,
  logUniform,
  normal,
  pick,
  randomOf,
  uniform,
} from '@dtdqm/contract/random';
import { calibratedSpread, roughSpread, wideSpread, type HealthySpread } from './profile.ts';
import { drawFault, type InjectedFault } from './faults.ts';
import { injectedKinds, kindsOfFault, type InjectedKind } from './kinds.ts';
import { simulateChamber, type ChamberConditions } from './simulateChamber.ts';

/** A simulated chamber of one run with the truth about its layers, as networks are trained and measured on. */
export interface SimulatedExample {
  /** Splits take whole runs, so that no run is on both sides. */
  readonly run: number;
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
  readonly history: Matrix[];
  /** Length of each run of the history over that of this one; unknown when absent. */
  readonly exposures?: readonly number[] | undefined;
  /** Layers 1..12 at index 0..11: 1 bad, 0 good, null not known. */
  readonly bad: readonly (0 | 1 | null)[];
  /** What was injected. */
  readonly faults: readonly InjectedFault[];
}

export interface ExampleSettings {
  readonly seed: number;
  readonly runs: number;
  readonly chambersPerRun: number;
  /** Numbers of the runs begin here. */
  readonly firstRun?: number;
  readonly spread?: HealthySpread;
  /** Limits of a run's length; 100 lumisections give 5 hits per wire in MB3 and 75 in outer MB1. */
  readonly lumisections?: readonly [low: number, high: number];
  /** Share of chambers that come with matrices of earlier good runs. */
  readonly historyShare?: number;
  readonly faultShare?: number;
}

/** Bad layers of which less than this can be seen, in nats, are left out: no expert would call them bad. */
export const leastEvidence = 10;

const kinds = injectedKinds;
const totalFrequency = sumOf(kinds, (kind) => kindsOfFault[kind].training);

/** Chambers with widely varied health and faults; the same settings give the same examples. */
export function simulateExamples({
  seed,
  runs,
  chambersPerRun,
  firstRun = 1,
  spread = wideSpread,
  lumisections = [6, 4000],
  historyShare = 0.5,
  faultShare = 0.4,
}: ExampleSettings): SimulatedExample[] {
  return Array.from({ length: runs }, (_, index) => firstRun + index).flatMap((run) => {
    const length = logUniform(randomOf(seed, 'run', run), ...lumisections);
    return Array.from({ length: chambersPerRun }, (_, index) => {
      const random = randomOf(seed, 'example', run, index);
      const chamber = pick(random, allChambers);
      const withPast = chance(random, historyShare);
      const runsKnown = withPast && chance(random, lengthsKnown);
      const faults = [
        ...drawFaults(chamber, faultShare, random),
        ...(withPast && chance(random, sinkShare) ? [drawSink(chamber, runsKnown, random)] : []),
      ];
      const buildSeed = `${seed}/${run}/${index}`;
      const conditions = { chamber, buildSeed, spread: drawSpread(spread, random) };
      const { matrix, badLayers, evidence } = simulateChamber({
        ...conditions,
        runSeed: buildSeed,
        lumisections: length,
        faults,
      });
      const past = withPast ? simulatePast(conditions, length, faults, random) : undefined;
      const undecided = faults.filter(isUndecided).flatMap(({ layers }) => layers);
      const bad = Array.from({ length: rowsPerChamber }, (_, row) => {
        if (badLayers.includes(row + 1)) return evidence[row]! >= leastEvidence ? 1 : null;
        return undecided.includes(row + 1) ? null : 0;
      });
      const { history = [], exposures } = past ?? {};
      return { run, chamber, matrix, history, exposures: runsKnown ? exposures : undefined, bad, faults };
    });
  });
}

/** The examples of some runs, run after run: all at once their matrices take ten times the memory of what is learned from them. */
export function examplesByRun(
  settings: Pick<ExampleSettings, 'seed' | 'chambersPerRun' | 'spread' | 'faultShare' | 'lumisections'>,
) {
  return function* (firstRun: number, runs: number): Generator<SimulatedExample[]> {
    for (let run = firstRun; run < firstRun + runs; run++) {
      yield simulateExamples({ ...settings, runs: 1, firstRun: run });
    }
  };
}

/** What probabilities are calibrated on: chambers that vary as real ones do, of whose layers one in fifty is bad. */
export const likeReal = { spread: calibratedSpread, faultShare: 0.075 } as const;

/** Stands for chambers whose layers differ by more than those of real ones, by how much is drawn for each. */
const scatteredSpread: HealthySpread = { ...roughSpread };

/** What the limit for such chambers is set by: of all that training varies they are one in thirty. */
export const likeScattered = { spread: scatteredSpread, faultShare: 0.075 } as const;

/** Share of pasts that come with the lengths of their runs. */
const lengthsKnown = 0.7;

/** Shares of chambers that vary as real ones do and more than any that was seen, and of those whose layers differ by more still. */
const asReal = 0.4;
const rough = 0.12;
const scattered = 0.3;

function drawSpread(spread: HealthySpread, random: Random): HealthySpread {
  if (spread === scatteredSpread) return drawScattered(random);
  if (spread !== wideSpread) return spread;
  const which = random();
  if (which < asReal) return calibratedSpread;
  if (which < 1 - rough) return wideSpread;
  return chance(random, scattered) ? drawScattered(random) : roughSpread;
}

function drawScattered(random: Random): HealthySpread {
  const { layerLevel } = roughSpread;
  return { ...roughSpread, layerLevel: Math.max(layerLevel, logUniform(random, 0.02, 0.09)) };
}

function drawFaults(chamber: ChamberId, share: number, random: Random): InjectedFault[] {
  const faults: InjectedFault[] = [];
  for (let more = share; chance(random, more); more = share / 2) {
    const fault = drawFault(drawKind(random), chamber, random, 'any');
    faults.push(fault);
    if (fault.layers.length === 1 && fault.bad && chance(random, repeated))
      faults.push(repeat(fault, random));
  }
  return faults;
}

/** Share of faults of one layer that a sibling has, too: two layers may share a supply. */
const repeated = 0.15;

function repeat(fault: InjectedFault, random: Random): InjectedFault {
  const layer = fault.layers[0]!;
  const siblings = layersOfSuperlayer(superlayerOfLayer(layer)).filter((other) => other !== layer);
  return { ...fault, layers: [pick(random, siblings)] };
}

function drawKind(random: Random): InjectedKind {
  let left = random() * totalFrequency;
  return kinds.find((kind) => (left -= kindsOfFault[kind].training) < 0) ?? 'dead-region';
}

/** Share of chambers with a past in which something sinks that neighbours hardly show. */
const sinkShare = 0.2;

const sinkingKinds: readonly InjectedKind[] = [
  'front-end-board',
  'readout-group',
  'chamber-readout-group',
  'dead-superlayer',
  'weak-superlayer',
  'weak-board',
  'weak-region',
];
/** What has sunk below this level of what it was is bad, as its past shows; above, up to where nobody would see it, opinions differ. */
const surelyBad = 0.88;
const surelyGood = 0.96;

/**
 * A fault that has not sunk to the end yet and takes all layers alike, mostly; a whole chamber only when run lengths are
 * known, without which a short run looks the same.
 */
function drawSink(chamber: ChamberId, lengthsKnown: boolean, random: Random): InjectedFault {
  const kind = lengthsKnown && chance(random, 0.2) ? 'dead-chamber' : pick(random, sinkingKinds);
  const level = uniform(random, 0.05, 1);
  return { ...drawFault(kind, chamber, random), level, bad: level < surelyBad };
}

function isUndecided({ kind, level, bad }: InjectedFault): boolean {
  if (bad || kind === 'low-statistics') return false;
  return level >= surelyBad && level < surelyGood;
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
function simulatePast(
  conditions: Pick<ChamberConditions, 'chamber' | 'buildSeed' | 'spread'>,
  lumisections: number,
  faults: readonly InjectedFault[],
  random: Random,
): Past {
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
    const past = asPast(conditions.chamber, matrix, length / lumisections, random);
    exposures.push(past.exposure);
    return past.matrix;
  });
  return { history, exposures };
}

/** Runs before as `ScorerInput` takes them. */
export interface Past {
  readonly history: Matrix[];
  readonly exposures: number[];
}

/**
 * A run before as it is seen from the run at hand: what was counted, with levels and shapes a little off.
 *
 * @param exposure its length over that of the run at hand.
 */
export function asPast(chamber: ChamberId, matrix: Matrix, exposure: number, random: Random) {
  const told = mostKept * exposure * Math.exp(normal(random, 0, chamberDrift));
  return { matrix: drifted(chamber, matrix, random), exposure: told };
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
