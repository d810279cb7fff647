import { formatChamber, type LabelMark } from '@dtdqm/contract';
import { degreeOf } from '@dtdqm/detector';
import { judgeByEach, type LoadedModel } from '@dtdqm/detector/engine';
import type { Degree, LayersSaid } from '@dtdqm/detector/training';
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
  /** The fault of a tolerated kind that is named in it, and how much of it there is. */
  readonly tolerated: Degree | undefined;
}

/**
 * Judges labelled chambers by several models, given the history that the pipeline would give them. One run after the
 * other, so that memory holds the matrices of one. Layers that the label calls neither good nor bad are left out.
 *
 * @returns for each model the same layers in the same order.
 */
export async function judgeLayers(
  db: Queryable,
  models: readonly LoadedModel[],
  chambers: readonly LabelledChamber[],
): Promise<LabelledLayer[][]> {
  const judged: LabelledLayer[][] = models.map(() => []);
  for (const [run, ofRun] of byRun(chambers)) {
    const inputs = await inputsInStoredRun(db, run, ofRun);
    for (const [index, said] of judgeByEach(models, inputs).entries()) {
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
    const tolerated = said.faults
      .filter(({ layers }) => layers.includes(row + 1))
      .flatMap((fault) => degreeOf(fault) ?? [])[0];
    return [{ ...layer, bad, kind, score, flagged: said.verdicts[row] === 'bad', tolerated }];
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
export function changedLayers([
  before = [],
  after = [],
]: readonly (readonly LabelledLayer[])[]): ChangedLayer[] {
  return before
    .flatMap(({ run, place: chamber, layer, bad, score: current, flagged }, index): ChangedLayer[] => {
      const { score: candidate, flagged: isFlagged } = after[index]!;
      const label = bad ? 'bad' : 'good';
      return flagged === isFlagged ? [] : [{ run, chamber, layer, label, current, candidate }];
    })
    .sort((a, b) => Math.abs(b.candidate - b.current) - Math.abs(a.candidate - a.current));
}
