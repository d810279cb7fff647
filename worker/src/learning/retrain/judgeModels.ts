import { type ChamberId, allChambers, formatChamber, layersOf, type LabelMark } from '@dtdqm/contract';
import { pick, randomOf, uniform } from '@dtdqm/contract/random';
import type { Scorer } from '@dtdqm/detector';
import type { LayersSaid } from '@dtdqm/detector/training';
import {
  drawFault,
  examplesByRun,
  type InjectedKind,
  injectedKinds,
  leastEvidence,
  likeReal,
  simulateChamber,
} from '@dtdqm/simulator/detector';
import { inputsInStoredRun } from '../../pipeline/reevaluate.ts';
import type { Queryable } from '../../storage/database.ts';
import type { LabelledChamber } from '../../storage/labels/read.ts';
import type { JudgedLayer } from './pairedIntervals.ts';

/** A labelled layer, and whose label it is. */
export interface LabelledLayer extends JudgedLayer {
  /** 1..12 */
  readonly layer: number;
  readonly expert: string;
  /** Said at least twice, by whomever. */
  readonly confirmed: boolean;
}

/**
 * Scores labelled chambers with several models, given the history that the pipeline would give them. One run after the
 * other, so that memory holds the matrices of one. Layers that the label calls neither good nor bad are left out.
 *
 * @returns for each model the same layers in the same order.
 */
export async function judgeLayers(
  db: Queryable,
  scorers: readonly Pick<Scorer, 'score'>[],
  chambers: readonly LabelledChamber[],
): Promise<LabelledLayer[][]> {
  const judged: LabelledLayer[][] = scorers.map(() => []);
  for (const [run, ofRun] of byRun(chambers)) {
    const inputs = await inputsInStoredRun(db, run, ofRun);
    for (const [index, scorer] of scorers.entries()) {
      const said = await scorer.score(inputs, { saliency: false });
      judged[index]!.push(...ofRun.flatMap((labelled, place) => judgedLayers(labelled, said[place])));
    }
  }
  return judged;
}

/** Labelled chambers of each run, in the order in which the runs come. */
export function byRun(chambers: readonly LabelledChamber[]): Map<number, LabelledChamber[]> {
  const runs = new Map<number, LabelledChamber[]>();
  for (const chamber of chambers) runs.set(chamber.run, [...(runs.get(chamber.run) ?? []), chamber]);
  return runs;
}

/** The layers of a labelled chamber that are called good or bad, and what a model says of them. */
export function judgedLayers(
  { run, chamber, expert, verdicts, marks, confirmed }: LabelledChamber,
  said: LayersSaid | undefined,
): LabelledLayer[] {
  const place = formatChamber(chamber);
  if (said === undefined) throw new Error(`the model said nothing of ${place} in run ${run}`);
  return verdicts.flatMap((verdict, row): LabelledLayer[] => {
    const score = said.scores[row] ?? -1;
    if ((verdict !== 'good' && verdict !== 'bad') || score < 0) return [];
    const bad = verdict === 'bad';
    const kind = bad ? kindOf(marks, row + 1) : null;
    const layer = { run, place, layer: row + 1, expert, confirmed: confirmed[row] ?? false };
    return [{ ...layer, bad, kind, score, flagged: said.verdicts[row] === 'bad' }];
  });
}

function kindOf(marks: readonly LabelMark[], layer: number): string {
  return marks.find(({ layers, kind }) => kind !== null && layers.includes(layer))?.kind ?? 'unnamed';
}

/** A labelled layer of which the candidate says something else than the model in use: P(bad) by each. */
export interface ChangedLayer {
  run: number;
  chamber: string;
  layer: number;
  label: 'good' | 'bad';
  current: number;
  candidate: number;
}

/** @param seen by the model in use and by the candidate, the same layers in the same order. @returns the greatest change first. */
export function changedLayers([before = [], after = []]: readonly LabelledLayer[][]): ChangedLayer[] {
  return before
    .flatMap(({ run, place: chamber, layer, bad, score: current, flagged }, index): ChangedLayer[] => {
      const { score: candidate, flagged: isFlagged } = after[index]!;
      const label = bad ? 'bad' : 'good';
      return flagged === isFlagged ? [] : [{ run, chamber, layer, label, current, candidate }];
    })
    .sort((a, b) => Math.abs(b.candidate - b.current) - Math.abs(a.candidate - a.current));
}

/**
 * Bad layers with every kind of fault that there is, and good ones of healthy chambers, as several models see them: labels name few of the kinds,
 * and a candidate must not have lost those either. From seeds that no training uses, so no model has seen them; those with faults in runs of
 * 100 to 600 lumisections.
 *
 * @param ofKind chambers with each kind.
 * @returns for each model the same layers in the same order.
 */
export async function judgeSimulated(
  scorers: readonly Pick<Scorer, 'score'>[],
  ofKind: number,
): Promise<JudgedLayer[][]> {
  const judged: JudgedLayer[][] = scorers.map(() => []);
  let before = 0;
  for (const [kind, chambers] of simulatedSets(ofKind)) {
    for (const [index, scorer] of scorers.entries()) {
      const said = await scorer.score(chambers, { saliency: false });
      chambers.forEach(({ chamber, layers }, place) => {
        for (const layer of layers) {
          judged[index]!.push({
            // Each is a chamber of its own: only the place may be drawn twice.
            run: before + place,
            place: `${formatChamber(chamber)} ${before + place}`,
            bad: kind !== null,
            kind: kind && `${kind}, simulated`,
            score: said[place]!.scores[layer - 1]!,
            flagged: said[place]!.verdicts[layer - 1] === 'bad',
          });
        }
      });
    }
    before += chambers.length;
  }
  return judged;
}

/** Chambers with each kind of fault, and healthy ones run by run: what they are and which of their layers are known. */
function* simulatedSets(ofKind: number) {
  for (const kind of injectedKinds) {
    yield [kind, Array.from({ length: ofKind }, (_, index) => simulatedChamber(kind, index))] as const;
  }
  const chambersPerRun = 100;
  for (const run of examplesByRun({ ...healthyRuns, seed: healthySeed, chambersPerRun })(
    1,
    Math.ceil((healthyForEach * ofKind) / chambersPerRun),
  )) {
    const goodOf = (bad: readonly unknown[], { station }: ChamberId) =>
      layersOf(station).filter((layer) => bad[layer - 1] === 0);
    yield [null, run.map(({ bad, ...input }) => ({ ...input, layers: goodOf(bad, input.chamber) }))] as const;
  }
}

/** Runs without faults, as long as most are: in short ones half of all false alarms lie, which would hide those of long ones. */
export const healthyRuns = { ...likeReal, faultShare: 0, lumisections: [60, 1500] } as const;

/** Of no training and no limits: those have 1 and dates. */
const healthySeed = 977;
/** Healthy chambers for each one with a fault of one kind: false alarms are a thousandth. */
const healthyForEach = 16;

function simulatedChamber(kind: InjectedKind, index: number) {
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
  const seen = badLayers.filter((layer) => (evidence[layer - 1] ?? 0) >= leastEvidence);
  return { chamber, matrix, history: [], layers: seen };
}
