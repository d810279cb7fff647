import { noScore } from '@dtdqm/contract';
import type { Judgement, Thresholds } from '../preprocessing/preprocessing.ts';

/** Verdicts by one limit on P(bad), for networks whose preprocessing brings no judge of its own. Names no faults. */
export function judgeByThreshold(scores: readonly number[], { bad }: Thresholds): Judgement {
  const verdicts = scores.map((score) => (score === noScore ? null : score >= bad ? 'bad' : 'good'));
  return { scores: [...scores], verdicts, faults: [] };
}
