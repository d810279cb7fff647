import {
  isSameChamber,
  type ChamberCondition,
  type ChamberHistory,
  type ChamberId,
  type RunPast,
} from '@dtdqm/contract';

/** The newest run before `run` in which the chamber was good; null when there is none. */
export function lastGoodRun({ runs }: ChamberHistory, run: number): number | null {
  return runs.find((each) => each.run < run && each.condition === 'good')?.run ?? null;
}

/** A run in the strip of a chamber's past, in words and as a sign. */
export interface RunMark {
  run: number;
  condition: ChamberCondition;
  words: string;
}

/** The last `count` runs up to `run`, oldest first; runs without the chamber are not among them. */
export function runMarks({ runs }: ChamberHistory, run: number, count = 20): RunMark[] {
  return runs
    .filter((each) => each.run <= run)
    .slice(0, count)
    .map((each): RunMark => {
      const { condition } = each;
      const bad = each.verdicts.filter((verdict) => verdict === 'bad').length;
      return {
        run: each.run,
        condition,
        words: condition === 'bad' ? `${bad} layer${bad === 1 ? '' : 's'} bad` : condition,
      };
    })
    .reverse();
}

/** The same of a chamber in the list of faults; none where nothing is said of it. */
export function marksIn({ runs, chambers }: RunPast, chamber: ChamberId): RunMark[] {
  const past = chambers.find((each) => isSameChamber(each as ChamberId, chamber));
  return (past?.conditions ?? []).flatMap((condition, at): RunMark[] => {
    const run = runs[at];
    return run === undefined ? [] : [{ run, condition, words: condition }];
  });
}
