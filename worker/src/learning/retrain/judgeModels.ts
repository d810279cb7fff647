import { allChambers, formatChamber, type LabelMark } from '@dtdqm/contract';
import { pick, randomOf, uniform } from '@dtdqm/contract/random';
import type { ChamberVerdict, Scorer } from '@dtdqm/detector';
import {
  drawFault,
  type InjectedKind,
  injectedKinds,
  leastEvidence,
  simulateChamber,
} from '@dtdqm/simulator/detector';
import { inputsInStoredRun } from '../../pipeline/reevaluate.ts';
import type { Queryable } from '../../storage/database.ts';
import type { LabelledChamber } from '../../storage/labels/read.ts';
import type { JudgedLayer } from './promotionGate.ts';

/** A labelled layer, and whose label it is. */
export interface LabelledLayer extends JudgedLayer {
  /** 1..12 */
  readonly layer: number;
  readonly expert: string;
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
      judged[index]!.push(...ofRun.flatMap((labelled, place) => layersOf(labelled, said[place])));
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

function layersOf(
  { run, chamber, expert, verdicts, marks }: LabelledChamber,
  said: ChamberVerdict | undefined,
): LabelledLayer[] {
  const place = formatChamber(chamber);
  if (said === undefined) throw new Error(`the model said nothing of ${place} in run ${run}`);
  return verdicts.flatMap((verdict, row): LabelledLayer[] => {
    const score = said.scores[row] ?? -1;
    if ((verdict !== 'good' && verdict !== 'bad') || score < 0) return [];
    const bad = verdict === 'bad';
    const kind = bad ? kindOf(marks, row + 1) : null;
    return [{ run, place, layer: row + 1, expert, bad, kind, score, flagged: said.verdicts[row] === 'bad' }];
  });
}

function kindOf(marks: readonly LabelMark[], layer: number): string {
  return marks.find(({ layers, kind }) => kind !== null && layers.includes(layer))?.kind ?? 'unnamed';
}

/**
 * Bad layers with every kind of fault that there is, as several models see them: labels name few of the kinds, and a candidate
 * must not have lost those either. From a seed that no training uses, so no model has seen them; in runs of 100 to 600
 * lumisections.
 *
 * @param ofKind chambers with each kind.
 * @returns for each model the same layers in the same order.
 */
export async function judgeSimulatedFaults(
  scorers: readonly Pick<Scorer, 'score'>[],
  ofKind: number,
): Promise<JudgedLayer[][]> {
  const judged: JudgedLayer[][] = scorers.map(() => []);
  for (const kind of injectedKinds) {
    const chambers = Array.from({ length: ofKind }, (_, index) => faultyChamber(kind, index));
    for (const [index, scorer] of scorers.entries()) {
      const said = await scorer.score(chambers, { saliency: false });
      chambers.forEach(({ chamber, bad }, place) => {
        for (const layer of bad) {
          judged[index]!.push({
            run: place,
            place: formatChamber(chamber),
            bad: true,
            kind: `${kind}, simulated`,
            score: said[place]!.scores[layer - 1]!,
            flagged: said[place]!.verdicts[layer - 1] === 'bad',
          });
        }
      });
    }
  }
  return judged;
}

function faultyChamber(kind: InjectedKind, index: number) {
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
  return { chamber, matrix, bad: badLayers.filter((layer) => (evidence[layer - 1] ?? 0) >= leastEvidence) };
}
