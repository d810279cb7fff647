import type { Fault, Verdict } from '@dtdqm/contract';
import { degreeOf, toleranceNames, type Degree } from '../faults/tolerated.ts';
import type { LoadedModel } from '../model/loadedModel.ts';
import type { ModelMetadata } from '../model/modelFolder.ts';
import { chamberWires, type ChamberCells } from '../prepare/chamberWires.ts';
import type { JudgeOptions } from '../preprocessing/preprocessing.ts';
import { judge } from '../scoreChambers.ts';
import { limitNames, type TaughtModel } from './adapt.ts';
import { takeSamples, type Samples } from './fit.ts';

/** What is said of the twelve layers of a chamber: P(bad), -1 where there is no layer, the verdict, and what is wrong with them. */
export interface LayersSaid {
  readonly scores: readonly number[];
  readonly verdicts: readonly (Verdict | null)[];
  readonly faults: readonly Fault[];
}

/**
 * Chambers as the models of one preprocessing see them, without their wires: a tenth of the memory, and what any of those models says of the
 * layers follows in milliseconds.
 */
export interface SeenChambers {
  /** A row for each layer; what is true of it is not known. */
  readonly samples: Samples;
  /** Chamber and row (0..11) of each. */
  readonly layers: readonly { readonly chamber: number; readonly row: number }[];
  readonly chambers: number;
}

export function seeChambers({ preprocessing }: LoadedModel, inputs: readonly ChamberCells[]): SeenChambers {
  const { tensors, layers } = preprocessing.prepare(inputs.map(chamberWires));
  const samples = { tensors, bad: new Float32Array(layers.length), count: layers.length };
  return { samples, layers, chambers: inputs.length };
}

/** Some of the layers with the truth about them, for teaching. @param which row of the samples and whether it is bad. */
export function asLessons(
  { samples }: SeenChambers,
  which: readonly { readonly sample: number; readonly bad: boolean }[],
): Samples {
  const rows = which.map(({ sample }) => sample);
  return { ...takeSamples(samples, rows), bad: Float32Array.from(which, ({ bad }) => (bad ? 1 : 0)) };
}

/** What a model's judge makes of the scores of its network. @param thresholds the model's own unless set. */
export function judgeScores(
  model: LoadedModel,
  inputs: readonly ChamberCells[],
  scores: readonly (readonly number[])[],
  options: JudgeOptions,
  thresholds: ModelMetadata['thresholds'] = model.metadata.thresholds,
): LayersSaid[] {
  const judging = { ...model, metadata: { ...model.metadata, thresholds } };
  return inputs.map((input, index) => judge(judging, chamberWires(input), scores[index]!, options));
}

/**
 * Whether a judge may come to another verdict by other scores and limits: it does not where every layer stands on the same side of every limit,
 * and nothing in it is tolerated by one and not by the other, since all else that it looks at is the chamber's own.
 */
export function mayDiffer(before: ByNetwork & Pick<LayersSaid, 'faults'>, after: ByNetwork): boolean {
  const isToleratedOtherwise = before.faults
    .flatMap((fault) => degreeOf(fault) ?? [])
    .some(({ kind }) => before.thresholds[toleranceNames[kind]] !== after.thresholds[toleranceNames[kind]]);
  return (
    isToleratedOtherwise ||
    limitNames(before.thresholds).some((name) =>
      before.scores.some(
        (score, row) =>
          score >= before.thresholds[name]! !== after.scores[row]! >= (after.thresholds[name] ?? 1),
      ),
    )
  );
}

interface ByNetwork {
  readonly scores: readonly number[];
  readonly thresholds: TaughtModel['thresholds'];
}

/** A labelled layer in which a fault of a tolerated kind is named. */
export interface ToleranceLesson extends Degree {
  /** The chamber, whatever the run. */
  readonly place: string;
  readonly bad: boolean;
}

/** Bad layers that must be labelled from a limit on, and in how many chambers: a fault that stays for many runs is one observation. */
const [leastBad, leastPlaces] = [3, 2];
/** Bad layers that outweigh a good one: of what is called bad by it, four fifths are at least. */
const badForGood = 4;

/**
 * From which degree on the experts call layers bad, kind by kind: the limit that parts their labels best, half-way to the next good layer below. What
 * simulation called good a network learns slowly; this needs three labels.
 *
 * @returns limits by their names in a model's metadata; none for a kind that labels do not tell.
 */
export function learnTolerances(lessons: readonly ToleranceLesson[]): Record<string, number> {
  const limits = Object.entries(toleranceNames).flatMap(([kind, name]) => {
    const limit = limitThatParts(lessons.filter((lesson) => lesson.kind === kind));
    return limit === undefined ? [] : [[name, limit] as const];
  });
  return Object.fromEntries(limits);
}

function limitThatParts(lessons: readonly ToleranceLesson[]): number | undefined {
  const worst = [...lessons].sort((a, b) => b.degree - a.degree || Number(a.bad) - Number(b.bad));
  const places = new Set<string>();
  let best: { worth: number; at: number } | undefined;
  let [bad, good] = [0, 0];
  worst.forEach((lesson, at) => {
    if (!lesson.bad) {
      good++;
      return;
    }
    bad++;
    places.add(lesson.place);
    const worth = bad - badForGood * good;
    const isEnough = bad >= leastBad && places.size >= leastPlaces && worth >= 0;
    if (isEnough && worth >= (best?.worth ?? 0)) best = { worth, at };
  });
  if (!best) return undefined;
  const last = worst[best.at]!.degree;
  const below = worst.slice(best.at + 1).find((lesson) => !lesson.bad)?.degree ?? last;
  return Math.min(last, Math.ceil(1000 * Math.sqrt(last * below)) / 1000);
}
