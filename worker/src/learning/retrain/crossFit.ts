import { layersOf, formatChamber } from '@dtdqm/contract';
import type { Adaptation, Example, LabelledSamples, TaughtModel } from '@dtdqm/detector/training';
import {
  joinSamples,
  learnTolerances,
  takeSamples,
  type Samples,
  withLimitsMoved,
} from '@dtdqm/detector/training';
import { injectedKinds } from '@dtdqm/simulator/detector';
import { inputsInStoredRun } from '../../pipeline/reevaluate.ts';
import type { Queryable } from '../../storage/database.ts';
import type { LabelledChamber } from '../../storage/labels/read.ts';
import { byRun, type LabelledLayer } from './judgeModels.ts';
import { chambersCalledGood, injectedFaulty } from './knownFaults.ts';

/**
 * Labelled runs are parted by number, for all candidates of all times alike: with every model come siblings, each taught by the labels of all
 * folds but one. So each label is judged by a model that never saw its run, and none is lost to the teaching.
 */
export const folds = 5;
export const foldOf = (run: number) => run % folds;

/** A labelled layer as it teaches, and as the model sees it that is adapted. */
export interface Lesson extends LabelledLayer {
  /** Row of the samples. */
  readonly sample: number;
  /** Whether the model in use calls it bad. */
  readonly flaggedInUse: boolean;
}

/** A label that did not teach, since all that is known speaks against it: people are asked for a second opinion. */
export interface DoubtedLabel {
  run: number;
  /** As {@link formatChamber} writes it. */
  chamber: string;
  layer: number;
  label: 'good' | 'bad';
  expert: string;
  /** P(bad) by the model that is adapted. */
  score: number;
  /** P(bad) by what the labels of other runs taught it. */
  byOthers: number;
}

export interface CrossFitted extends TaughtModel {
  /** Taught without the labels of fold 0, 1, ... */
  readonly siblings: readonly TaughtModel[];
  /** Layers that taught. */
  readonly taught: { readonly good: number; readonly bad: number };
  /** The surest first. */
  readonly doubted: readonly DoubtedLabel[];
}

/** All that a model is taught by. */
export interface Teaching {
  readonly samples: Samples;
  /** Labelled layers, rows of the samples. */
  readonly lessons: readonly Lesson[];
  /** Layers of labelled chambers with known faults, and the run of each. */
  readonly injected: { readonly samples: Samples; readonly runs: readonly number[] };
}

/**
 * Teaches a model by labels, and its siblings by all folds but one. First all labels teach; those that the siblings, who know only the labels of
 * other runs, surely contradict are then left out and all are taught anew. In simulated worlds with a tenth of chambers labelled wrongly that
 * left out 34 of 44 wrong labels among 400 chambers, and 9 right ones.
 *
 * @param own what the model itself says of the labelled layers.
 * @param inUse what the model in use says of them, by siblings that never saw their runs.
 */
export async function crossFit(
  db: Queryable,
  adaptation: Adaptation,
  labelled: readonly LabelledChamber[],
  own: readonly LabelledLayer[],
  inUse: readonly LabelledLayer[],
): Promise<CrossFitted> {
  const injected = await injectedLessons(db, adaptation, labelled, own);
  const teaching = { ...(await lessonsOf(db, adaptation, labelled, { own, inUse })), injected };
  const { kept, shiftBy, ...whole } = await teachAll(adaptation, teaching);
  const siblings: TaughtModel[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const others = withoutFold(kept, fold);
    siblings.push(
      others.length === kept.length
        ? whole
        : withLimitsOf(others, shiftBy(others), await teachBy(adaptation, teaching, others, { fold })),
    );
  }
  return { ...whole, siblings };
}

/** @param fold whose injected faults do not teach either. */
function teachBy(
  adaptation: Adaptation,
  { samples, injected }: Teaching,
  lessons: readonly Lesson[],
  { fold = -1, share = 1 } = {},
): Promise<TaughtModel> {
  const faults = injected.runs.flatMap((run, sample) => (foldOf(run) === fold ? [] : sample));
  return adaptation.teach(rowsOf(samples, lessons), takeSamples(injected.samples, faults), share);
}

/** @param samples the rows of all lessons. */
const rowsOf = (samples: Samples, lessons: readonly Lesson[]) =>
  takeSamples(
    samples,
    lessons.map(({ sample }) => sample),
  );

const withoutFold = (those: readonly Lesson[], fold: number) =>
  those.filter(({ run }) => foldOf(run) !== fold);

/** Share of the passes after which it is told which labels nothing speaks for. */
const enoughToDoubt = 0.5;

/**
 * Teaches a model by all labels but those that are doubted: each by what the labels of all other folds teach in half of the passes. Its limits
 * follow what these call bad of the good layers of their fold ({@link limitShift}): simulation knows neither how the chambers of the site vary,
 * nor what stands beside a layer that only this expert calls bad.
 *
 * @returns beside the model the labels that taught, and how far some of these move the limits, on the scale of logits.
 */
export async function teachAll(
  adaptation: Adaptation,
  teaching: Teaching,
): Promise<
  Omit<CrossFitted, 'siblings'> & { kept: Lesson[]; shiftBy: (lessons: readonly Lesson[]) => number }
> {
  const { samples, lessons } = teaching;
  const byOthers = new Map<Lesson, { score: number; excess: number }>();
  for (let fold = 0; fold < folds; fold++) {
    const ofFold = lessons.filter(({ run }) => foldOf(run) === fold);
    if (ofFold.length === 0) continue;
    const others = withoutFold(lessons, fold);
    const taught = await teachBy(adaptation, teaching, others, { fold, share: enoughToDoubt });
    const rows = rowsOf(samples, ofFold);
    const scores = await adaptation.scores(rows, taught.weights);
    const excess = adaptation.excess(rows, scores, taught.thresholds);
    ofFold.forEach((lesson, index) =>
      byOthers.set(lesson, { score: scores[index]!, excess: excess[index]! }),
    );
  }
  const scoreByOthers = (lesson: Lesson) => byOthers.get(lesson)!.score;
  const isDoubted = (lesson: Lesson) => isDoubtful(lesson, scoreByOthers(lesson));
  const doubted = lessons
    .filter(isDoubted)
    .map((lesson) => asDoubted(lesson, scoreByOthers(lesson)))
    .sort((a, b) => doubtOf(a) - doubtOf(b));
  const kept = lessons.filter((lesson) => !isDoubted(lesson));
  const good = kept.filter((lesson) => !lesson.bad);
  const calledBad = await calledBadByItself(adaptation, samples, good);
  const shiftBy = (those: readonly Lesson[]) => {
    const goodOnes = those.filter((lesson) => !lesson.bad);
    const excess = goodOnes.map((lesson) => byOthers.get(lesson)!.excess);
    const count = (isCalled: (lesson: Lesson) => boolean) => goodOnes.filter(isCalled).length;
    return limitShift(
      excess,
      count((lesson) => calledBad.has(lesson)),
      count(({ flaggedInUse }) => flaggedInUse),
    );
  };
  const whole = withLimitsOf(kept, shiftBy(kept), await teachBy(adaptation, teaching, kept));
  return { ...whole, kept, doubted, shiftBy, taught: { good: good.length, bad: kept.length - good.length } };
}

/** With the limits that labels set. */
function withLimitsOf(lessons: readonly Lesson[], shift: number, taught: TaughtModel): TaughtModel {
  const { thresholds, ...moved } = withLimitsMoved(taught, shift);
  const degrees = lessons.flatMap(({ tolerated, place, bad }) =>
    tolerated ? { ...tolerated, place, bad } : [],
  );
  return { ...moved, thresholds: { ...thresholds, ...learnTolerances(degrees) } };
}

/** The lessons that the model itself calls bad, as far as its network tells. */
async function calledBadByItself(
  adaptation: Adaptation,
  samples: Samples,
  lessons: readonly Lesson[],
): Promise<ReadonlySet<Lesson>> {
  if (lessons.length === 0) return new Set();
  const rows = rowsOf(samples, lessons);
  const excess = adaptation.excess(rows, await adaptation.scores(rows));
  return new Set(lessons.filter((_, index) => excess[index]! >= 0));
}

/** Fewer false alarms than these among the labels tell nothing of how many a candidate raises beside them. */
export const leastToFall = 4;
/** Where the model calls more of the good layers bad than this share, labels contradict it, which is no matter of limits. */
const mostToFall = 0.1;
/**
 * The queue shows an expert what the model takes for bad, so the false alarms of a model are over-represented among its labels: in one world 17 of 52, and
 * 38 of 52 after 400 labels, where of those of candidates, which lie elsewhere, 17 and 48 % were labelled. A candidate raises no more in truth
 * when it raises half as many among the labels.
 */
const shareToFall = 0.5;

/**
 * How far limits move by what good labelled layers show of false alarms: up until no more of them are called bad than the model itself calls so, or the
 * one in use; down as long as these are no more than half of the former and all of the latter, where labels and model mostly agree.
 *
 * @param excess of each good layer over its limit, by a model that never saw its run.
 * @param before as many of them the model itself calls bad.
 * @param inUse as many the model in use calls bad, which was perhaps adapted before.
 * @returns the least such shift, on the scale of logits.
 */
export function limitShift(excess: readonly number[], before: number, inUse = before): number {
  const descending = [...excess].sort((a, b) => b - a);
  // Whoever is at the limit is above it.
  const leaving = (most: number) => (descending[most] ?? -Infinity) + 1e-6;
  const raise = leaving(Math.min(before, inUse));
  if (raise > 0) return raise;
  if (before < leastToFall || before > mostToFall * excess.length) return 0;
  return Math.min(0, leaving(Math.min(Math.floor(shareToFall * before), inUse)));
}

/** Labelled layers with the past that scoring gives them, run after run, so that memory holds the matrices of one. */
async function lessonsOf(
  db: Queryable,
  adaptation: Adaptation,
  labelled: readonly LabelledChamber[],
  { own, inUse }: Readonly<Record<'own' | 'inUse', readonly LabelledLayer[]>>,
): Promise<{ samples: Samples; lessons: Lesson[] }> {
  const said = new Map(own.map((layer) => [keyOf(layer), layer]));
  const flaggedInUse = new Set(inUse.filter(({ flagged }) => flagged).map(keyOf));
  const parts: LabelledSamples[] = [];
  const lessons: Lesson[] = [];
  let sample = 0;
  for (const [run, ofRun] of byRun(labelled)) {
    const inputs = await inputsInStoredRun(db, run, ofRun);
    const samples = adaptation.samples(
      ofRun.map(({ chamber, verdicts }, index): Example => {
        const { matrix, history = [], exposures } = inputs[index]!;
        return { run, chamber, matrix, history: [...history], exposures, bad: truthOf(chamber, verdicts) };
      }),
    );
    for (const { chamber, row } of samples.layers) {
      const place = formatChamber(ofRun[chamber]!.chamber);
      const layer = said.get(keyOf({ run, place, layer: row + 1 }));
      if (layer) lessons.push({ ...layer, sample, flaggedInUse: flaggedInUse.has(keyOf(layer)) });
      sample++;
    }
    parts.push(samples);
  }
  return { samples: joinSamples(parts), lessons };
}

/** Known faults that are injected into each chamber that labels and model call good. */
const injectedIntoEach = 4;

/**
 * Layers of labelled chambers with known faults, so that the model goes on finding those where chambers vary as these do: with 300 labels in a
 * world whose siblings scatter by 6 % a model lost 9 of 94 weak layers without them, and 1 with them.
 *
 * @param own what the model itself says of the labelled layers.
 */
export async function injectedLessons(
  db: Queryable,
  adaptation: Adaptation,
  labelled: readonly LabelledChamber[],
  own: readonly LabelledLayer[],
): Promise<Teaching['injected']> {
  const good = await chambersCalledGood(db, labelled, own);
  const ofKind = Math.ceil((injectedIntoEach * good.length) / injectedKinds.length);
  const faulty = injectedFaulty('teach', good, ofKind);
  const samples = adaptation.samples(
    faulty.map(({ run, input: { chamber, matrix, history = [], exposures }, layers }): Example => ({
      ...{ run, chamber, matrix, history: [...history], exposures },
      bad: matrix.map((_, row) => (layers.includes(row + 1) ? 1 : null)),
    })),
  );
  return { samples, runs: samples.layers.map(({ chamber }) => faulty[chamber]!.run) };
}

const keyOf = ({ run, place, layer }: Pick<LabelledLayer, 'run' | 'place' | 'layer'>) =>
  `${run}/${place}/${layer}`;

/** "Not sure" is not known. */
function truthOf(
  { station }: LabelledChamber['chamber'],
  verdicts: LabelledChamber['verdicts'],
): Example['bad'] {
  const layers = layersOf(station);
  return verdicts.map((verdict, row) =>
    !layers.includes(row + 1) || (verdict !== 'good' && verdict !== 'bad') ? null : verdict === 'bad' ? 1 : 0,
  );
}

/** Below the first a model is sure that a layer is good, above the second that it is bad: what it tells is calibrated (its card). */
const [surelyGood, surelyBad] = [0.02, 0.98];

/** Whether a model says the opposite of a label and is sure of it: that of a layer with a tolerated fault it is not. */
export function isSurestAgainst({ bad, score, flagged, tolerated }: LabelledLayer): boolean {
  return bad ? score < surelyGood && !flagged && !tolerated : score > surelyBad;
}

/** Below the first, or above the second, what other labels teach speaks surely enough against a label of which the model is surest, too. */
const [othersSayGood, othersSayBad] = [0.2, 0.9];

/**
 * Whether a label contradicts all that is known: a bad one the model at its surest and whatever the labels of other runs taught it, so that a fault
 * that the model misses teaches as soon as it was labelled in two runs; a good one what other labels call bad. What was said twice is no slip, and
 * teaches.
 */
function isDoubtful(layer: LabelledLayer, byOthers: number): boolean {
  if (layer.confirmed) return false;
  return layer.bad ? isSurestAgainst(layer) && byOthers < othersSayGood : byOthers > othersSayBad;
}

function asDoubted({ run, place, layer, bad, expert, score }: Lesson, byOthers: number): DoubtedLabel {
  return { run, chamber: place, layer, label: bad ? 'bad' : 'good', expert, score, byOthers };
}

/** P(what the label says) by the others. */
const doubtOf = ({ label, byOthers }: DoubtedLabel) => (label === 'bad' ? byOthers : 1 - byOthers);
