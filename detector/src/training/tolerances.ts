import { type Degree, toleranceNames } from '../faults/tolerated.ts';

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
