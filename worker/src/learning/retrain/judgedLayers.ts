import type { LabelMark } from '@dtdqm/contract';
import type { LabelledChamber } from '../../storage/labels/labelledChambers.ts';
import type { ChamberVerdict, Scorer } from '../../scoring/scorer.ts';

/** One labelled layer and what a model says of it. */
export interface JudgedLayer {
  /** Chamber of a run that it belongs to, as an index: resamples draw whole chambers. */
  chamber: number;
  bad: boolean;
  /** Kind of fault that the expert named; `unnamed` for other bad layers, null for good ones. */
  kind: string | null;
  /** P(bad). */
  score: number;
  /** Whether the model calls it bad. */
  flagged: boolean;
}

/** Scores labelled chambers with a model; layers that the label calls neither good nor bad are left out. */
export async function judgeLayers(
  scorer: Pick<Scorer, 'score'>,
  chambers: readonly LabelledChamber[],
): Promise<JudgedLayer[]> {
  const verdicts = await scorer.score(
    chambers.map(({ chamber, matrix }) => ({ chamber, matrix })),
    { saliency: false },
  );
  return chambers.flatMap((labelled, index) => layersOf(labelled, verdicts[index], index));
}

function layersOf(
  { verdicts, marks }: LabelledChamber,
  said: ChamberVerdict | undefined,
  chamber: number,
): JudgedLayer[] {
  if (said === undefined) throw new Error(`the model said nothing of chamber ${chamber}`);
  return verdicts.flatMap((verdict, row): JudgedLayer[] => {
    const score = said.scores[row] ?? -1;
    if ((verdict !== 'good' && verdict !== 'bad') || score < 0) return [];
    const bad = verdict === 'bad';
    const kind = bad ? kindOf(marks, row + 1) : null;
    return [{ chamber, bad, kind, score, flagged: said.verdicts[row] === 'bad' }];
  });
}

function kindOf(marks: readonly LabelMark[], layer: number): string {
  return marks.find(({ layers, kind }) => kind !== null && layers.includes(layer))?.kind ?? 'unnamed';
}
