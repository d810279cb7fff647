import { formatChamber, type LabelMark } from '@dtdqm/contract';
import type { ChamberVerdict, Scorer } from '@dtdqm/detector';
import type { Queryable } from '../../storage/database.ts';
import { inputsInStoredRun } from '../../pipeline/reevaluate.ts';
import type { LabelledChamber } from '../../storage/labels/read.ts';

/** One labelled layer and what a model says of it. */
export interface JudgedLayer {
  run: number;
  /** The chamber, whatever the run, as {@link formatChamber} writes it. */
  place: string;
  bad: boolean;
  /** Kind of fault that the expert named; `unnamed` for other bad layers, null for good ones. */
  kind: string | null;
  /** P(bad). */
  score: number;
  /** Whether the model calls it bad. */
  flagged: boolean;
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
): Promise<JudgedLayer[][]> {
  const judged: JudgedLayer[][] = scorers.map(() => []);
  const runs = new Set(chambers.map(({ run }) => run));
  for (const run of runs) {
    const ofRun = chambers.filter((labelled) => labelled.run === run);
    const inputs = await inputsInStoredRun(db, run, ofRun);
    for (const [index, scorer] of scorers.entries()) {
      const said = await scorer.score(inputs, { saliency: false });
      judged[index]!.push(...ofRun.flatMap((labelled, place) => layersOf(labelled, said[place])));
    }
  }
  return judged;
}

function layersOf(
  { run, chamber, verdicts, marks }: LabelledChamber,
  said: ChamberVerdict | undefined,
): JudgedLayer[] {
  const place = formatChamber(chamber);
  if (said === undefined) throw new Error(`the model said nothing of ${place} in run ${run}`);
  return verdicts.flatMap((verdict, row): JudgedLayer[] => {
    const score = said.scores[row] ?? -1;
    if ((verdict !== 'good' && verdict !== 'bad') || score < 0) return [];
    const bad = verdict === 'bad';
    const kind = bad ? kindOf(marks, row + 1) : null;
    return [{ run, place, bad, kind, score, flagged: said.verdicts[row] === 'bad' }];
  });
}

function kindOf(marks: readonly LabelMark[], layer: number): string {
  return marks.find(({ layers, kind }) => kind !== null && layers.includes(layer))?.kind ?? 'unnamed';
}
