import { liveMinutes, type Run, type RunSlices } from '@dtdqm/contract';
import { lengthInWords } from './moments.ts';

/** Without a look that brought hits for so long something is wrong, ms. */
const behindAtMost = liveMinutes * 60_000;

/**
 * How far behind what is shown of a run is.
 * - `live`: as new as looks allow
 * - `stopped`: believed to be in progress, and nothing new comes
 * - `early`: in progress, and nothing of its inside is known yet
 * - `over`
 */
export interface Liveness {
  tone: 'live' | 'stopped' | 'early' | 'over';
  words: string;
}

/**
 * @param lookedAt when the source was last asked for the run, ISO 8601; null when that is not known.
 * @param now ms since the epoch.
 */
export function livenessOf(
  { live, latest }: Pick<RunSlices, 'live' | 'latest'>,
  lookedAt: string | null,
  now: number,
): Liveness {
  if (!live) return { tone: 'over', words: 'over' };
  const sinceAsked = lookedAt === null ? Infinity : now - Date.parse(lookedAt);
  const isAsked = sinceAsked <= behindAtMost;
  if (latest === null) {
    return isAsked || lookedAt === null
      ? { tone: 'early', words: 'live, nothing of its inside yet' }
      : { tone: 'stopped', words: `looks stopped ${lengthInWords(sinceAsked)} ago` };
  }
  const behind = now - Date.parse(latest.at);
  if (behind <= behindAtMost) return { tone: 'live', words: `live, ${lengthInWords(behind)} behind` };
  const age = lengthInWords(behind);
  return isAsked
    ? { tone: 'stopped', words: `no new hits for ${age}` }
    : { tone: 'stopped', words: `looks stopped ${age} ago` };
}

const inProgress: readonly Run['life'][] = ['growing', 'reopened'];

/** The newest run that may be in progress; null when none may. @param runs newest first. */
export function runInProgress(runs: readonly Run[]): Run | null {
  return runs.find(({ life }) => inProgress.includes(life)) ?? null;
}
