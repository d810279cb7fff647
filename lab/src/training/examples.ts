import {
  allChambers,
  layersOfSuperlayer,
  rowsPerChamber,
  superlayerOfLayer,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { type Random, chance, logUniform, pick, randomOf } from '@dtdqm/contract/random';
import {
  drawFault,
  simulateChamber,
  wideSpread,
  type HealthySpread,
  type InjectedFault,
  type InjectedKind,
} from '@dtdqm/simulator/detector';
import { drawSink, isUndecided, simulatePast, sinkShare } from './past.ts';

/** A chamber of one run with the truth about its layers, simulated or labelled. */
export interface Example {
  /** Splits take whole runs, so that no run is on both sides. */
  readonly run: number;
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
  readonly history: Matrix[];
  /** Length of each run of the history over that of this one; unknown when absent. */
  readonly exposures?: readonly number[] | undefined;
  /** Layers 1..12 at index 0..11: 1 bad, 0 good, null not known. */
  readonly bad: readonly (0 | 1 | null)[];
  /** What was injected; empty for labelled chambers. */
  readonly faults: readonly InjectedFault[];
}

export interface SimulationSettings {
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

/** How often each fault is drawn; what is hard to tell is drawn more often. */
const frequency: Readonly<Record<InjectedKind, number>> = {
  'dead-cells': 5,
  'noisy-cell': 6,
  'dead-half': 2,
  'dead-layer': 2,
  'dead-region': 8,
  'weak-layer': 9,
  'weak-half': 3,
  'weak-region': 2,
  'front-end-board': 3,
  'readout-group': 4,
  'chamber-readout-group': 1.5,
  'dead-superlayer': 1.5,
  'weak-superlayer': 3,
  // Without any hit there is nothing to learn; the judge knows what to say.
  'dead-chamber': 0,
  'low-statistics': 0.5,
};
const kinds = Object.keys(frequency) as InjectedKind[];
const totalFrequency = sumOf(kinds, (kind) => frequency[kind]);

/** Chambers with widely varied health and faults; the same settings give the same examples. */
export function simulateExamples({
  seed,
  runs,
  chambersPerRun,
  firstRun = 1,
  spread = wideSpread,
  lumisections = [6, 4000],
  historyShare = 0.4,
  faultShare = 0.4,
}: SimulationSettings): Example[] {
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
      const conditions = { chamber, buildSeed, spread: withScatter(spread, random) };
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

/** Share of pasts that come with the lengths of their runs. */
const lengthsKnown = 0.7;

/** Share of chambers whose layers may differ by more than in real ones that were seen. */
const scattered = 0.2;

/** In training, siblings differ by what the spread says, or by more: nobody knows how far chambers go that were never recorded. */
function withScatter(spread: HealthySpread, random: Random): HealthySpread {
  if (spread !== wideSpread) return spread;
  const { layerLevel } = spread;
  return chance(random, scattered)
    ? { ...spread, layerLevel: Math.max(layerLevel, logUniform(random, 0.02, 0.09)) }
    : spread;
}

function drawFaults(chamber: ChamberId, share: number, random: Random): InjectedFault[] {
  const faults: InjectedFault[] = [];
  for (let more = share; chance(random, more); more = share / 2) {
    const fault = drawFault(drawKind(random), chamber, random);
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
  return kinds.find((kind) => (left -= frequency[kind]) < 0) ?? 'dead-region';
}
