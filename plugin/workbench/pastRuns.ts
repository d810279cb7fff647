import type { ChamberHistory } from '@dtdqm/contract';

type PastRun = ChamberHistory['runs'][number];

/** The newest run before `run` in which every layer of the chamber was judged and none was bad; null when there is none. */
export function lastGoodRun({ runs }: ChamberHistory, run: number): number | null {
  const isGood = ({ verdicts }: PastRun) =>
    verdicts.includes('good') && !verdicts.includes('bad') && !verdicts.includes('unknown');
  return runs.find((each) => each.run < run && isGood(each))?.run ?? null;
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
    .map(({ run: number, verdicts }): RunMark => {
      const bad = verdicts.filter((verdict) => verdict === 'bad').length;
      if (bad > 0) return { run: number, look: 'bad', words: `${bad} layer${bad === 1 ? '' : 's'} bad` };
      const isKnown = verdicts.includes('good') && !verdicts.includes('unknown');
      return { run: number, look: isKnown ? 'good' : 'unknown', words: isKnown ? 'good' : 'unknown' };
    })
    .reverse();
}
