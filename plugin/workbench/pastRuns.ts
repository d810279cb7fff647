import type { ChamberHistory } from '@dtdqm/contract';

type PastRun = ChamberHistory['runs'][number];

/** The newest run before `run` in which every layer of the chamber was judged and none was bad; null when there is none. */
export function lastGoodRun({ runs }: ChamberHistory, run: number): number | null {
  return runs.find((each) => each.run < run && lookOf(each) === 'good')?.run ?? null;
}

/** A run in the strip of a chamber's past, in words and as a sign. */
export interface RunMark {
  run: number;
  look: 'bad' | 'unknown' | 'good';
  words: string;
}

/** The last `count` runs up to `run`, oldest first; runs without the chamber are not among them. */
export function runMarks({ runs }: ChamberHistory, run: number, count = 20): RunMark[] {
  return runs
    .filter((each) => each.run <= run)
    .slice(0, count)
    .map((each): RunMark => {
      const look = lookOf(each);
      const bad = each.verdicts.filter((verdict) => verdict === 'bad').length;
      return {
        run: each.run,
        look,
        words: look === 'bad' ? `${bad} layer${bad === 1 ? '' : 's'} bad` : look,
      };
    })
    .reverse();
}

/** What is not known to be good is not good. */
function lookOf({ verdicts }: PastRun): RunMark['look'] {
  if (verdicts.includes('bad')) return 'bad';
  return verdicts.includes('good') && !verdicts.includes('unknown') ? 'good' : 'unknown';
}
