import { allChambers, type ChamberId, formatChamber, layersOf } from '@dtdqm/contract';
import { chance, pick, randomOf, uniform } from '@dtdqm/contract/random';
import type { ScorerInput } from '@dtdqm/detector';
import type { LayersSaid } from '@dtdqm/detector/training';
import {
  drawFault,
  evidenceInCounts,
  examplesByRun,
  injectedKinds,
  injectIntoCounts,
  leastEvidence,
  likeReal,
  simulateChamber,
} from '@dtdqm/simulator/detector';
import { inputsInStoredRun } from '../../pipeline/reevaluate.ts';
import type { Queryable } from '../../storage/database.ts';
import type { LabelledChamber } from '../../storage/labels/read.ts';
import { byRun, type LabelledLayer } from './judgeModels.ts';
import type { JudgedLayer } from './pairedIntervals.ts';

/** A chamber with a fault of one kind, or a healthy one (null), and its layers that count. */
export interface KnownChamber {
  readonly input: ScorerInput;
  readonly kind: string | null;
  readonly layers: readonly number[];
  readonly run: number;
  /** One that is drawn again in another run is the same: its faults have more in common. */
  readonly place: string;
}

/** What each of several models says of chambers, as `judgeByEach` tells it. */
type JudgeByEach = (
  inputs: readonly ScorerInput[],
) => readonly (readonly Pick<LayersSaid, 'scores' | 'verdicts'>[])[];

/**
 * Labels name few of the kinds of faults that there are, and a candidate must not have lost any: this is how several models see chambers of which
 * all is known.
 *
 * @returns for each model the same layers in the same order.
 */
export function judgeKnown(judgeByEach: JudgeByEach, chambers: readonly KnownChamber[]): JudgedLayer[][] {
  return judgeByEach(chambers.map(({ input }) => input)).map((said) =>
    chambers.flatMap(({ run, place, kind, layers }, which) =>
      layers.map((layer) => ({
        run,
        place,
        bad: kind !== null,
        kind,
        score: said[which]!.scores[layer - 1]!,
        flagged: said[which]!.verdicts[layer - 1] === 'bad',
      })),
    ),
  );
}

/** Runs without faults, as long as most are: in short ones half of all false alarms lie, which would hide those of long ones. */
export const healthyRuns = { ...likeReal, faultShare: 0, lumisections: [60, 1500] } as const;

/** Of no training and no limits: those have 1 and dates. */
const healthySeed = 977;
const chambersPerRun = 100;

/** Simulated healthy chambers, run by run; from seeds that no training uses, as are the faulty ones. @param count at least so many. */
export function simulatedHealthy(count: number): KnownChamber[] {
  const runs = examplesByRun({ ...healthyRuns, seed: healthySeed, chambersPerRun })(
    1,
    Math.ceil(count / chambersPerRun),
  );
  return [...runs].flat().map(({ bad, ...input }, index) => ({
    input,
    kind: null,
    layers: layersOf(input.chamber.station).filter((layer) => bad[layer - 1] === 0),
    ...alone(input.chamber, index),
  }));
}

/** Simulated chambers with each kind of fault, in runs of 100 to 600 lumisections. */
export function simulatedFaulty(ofKind: number): KnownChamber[] {
  return ofEachKind(ofKind, (kind, index) => {
    const seed = `gate/${kind}/${index}`;
    const random = randomOf(seed);
    const chamber = pick(random, allChambers);
    const { matrix, badLayers, evidence } = simulateChamber({
      chamber,
      buildSeed: seed,
      runSeed: seed,
      lumisections: Math.round(uniform(random, 100, 600)),
      faults: [drawFault(kind, chamber, random)],
    });
    const layers = badLayers.filter((layer) => evidence[layer - 1]! >= leastEvidence);
    return {
      input: { chamber, matrix, history: [] },
      kind: `${kind}, simulated`,
      layers,
      ...alone(chamber, index, kind),
    };
  });
}

function ofEachKind(
  ofKind: number,
  chamberOf: (kind: (typeof injectedKinds)[number], index: number) => KnownChamber,
): KnownChamber[] {
  return injectedKinds.flatMap((kind) =>
    Array.from({ length: ofKind }, (_, index) => chamberOf(kind, index)).filter(
      ({ layers }) => layers.length > 0,
    ),
  );
}

/** Each simulated chamber is built anew, so it is a cluster of its own. */
const alone = (chamber: ChamberId, index: number, kind = 'healthy') => ({
  run: index,
  place: `${formatChamber(chamber)} ${kind} ${index}`,
});

/** A stored chamber with the past that scoring gives it. */
export interface StoredChamber {
  readonly run: number;
  readonly input: ScorerInput;
}

/**
 * Chambers of which both labels and a model say that every layer is good, as they are stored: neither alone, since a label may be wrong, and the
 * model is what is judged.
 *
 * @param seen what the model says of all labelled layers.
 */
export async function chambersCalledGood(
  db: Queryable,
  labelled: readonly LabelledChamber[],
  seen: readonly LabelledLayer[],
): Promise<StoredChamber[]> {
  const goodLayers = new Map<string, number>();
  for (const { run, place, bad, flagged } of seen) {
    const key = `${run}/${place}`;
    if (!bad && !flagged) goodLayers.set(key, (goodLayers.get(key) ?? 0) + 1);
  }
  const good = labelled.filter(
    ({ run, chamber }) =>
      goodLayers.get(`${run}/${formatChamber(chamber)}`) === layersOf(chamber.station).length,
  );
  const stored: StoredChamber[] = [];
  for (const [run, ofRun] of byRun(good.slice(-mostStored))) {
    stored.push(...(await inputsInStoredRun(db, run, ofRun)).map((input) => ({ run, input })));
  }
  return stored;
}

/** The newest runs' chambers, with their past, in memory at once: some 20 MB. */
const mostStored = 500;

/**
 * Stored chambers with each kind of fault injected into their counts: so known kinds are judged on the detector that the experts have, whose
 * layers may vary more than simulated ones do. Every second has its past, in which the fault was not there yet.
 *
 * @param seed what teaches is not what judges.
 */
export function injectedFaulty(
  seed: 'gate' | 'teach',
  stored: readonly StoredChamber[],
  ofKind: number,
): KnownChamber[] {
  return ofEachKind(ofKind, (kind, index) => {
    const random = randomOf(seed, kind, index);
    const { run, input } = pick(random, stored);
    const { chamber } = input;
    const fault = drawFault(kind, chamber, random);
    const matrix = injectIntoCounts(input.matrix, fault, random);
    const evidence = evidenceInCounts(input.matrix, fault);
    const past = chance(random, 0.5) ? {} : { history: [], exposures: [] };
    return {
      input: { ...input, ...past, matrix },
      kind: `${kind}, injected`,
      layers: fault.layers.filter((layer) => evidence[layer - 1]! >= leastEvidence),
      run,
      place: formatChamber(chamber),
    };
  });
}
