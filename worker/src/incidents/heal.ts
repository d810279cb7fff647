import { rules } from './rules.ts';
import { remember } from './see.ts';
import type { Effects, RunFindings, Track } from './track.ts';

/**
 * A run could have shown the fault and did not.
 *
 * @returns `done` when the ledger need not follow it any further.
 */
export function closeUnseen(track: Track, { run, at }: RunFindings, effects: Effects): 'done' | 'follow' {
  remember(track, false);
  const misses = missesIn(track.recent);
  if (track.phase === 'candidate') return misses >= rules.forgetAfter ? 'done' : 'follow';
  if (track.phase === 'healed') {
    track.sinceHealed += 1;
    if (misses >= rules.forgetAfter) track.pending = [];
    if (track.sinceHealed < rules.reopenWithin || track.knownBad) return 'follow';
    effects.finished.push(track);
    return 'done';
  }
  if (misses < (flickers(track.recent) ? rules.healFlickeringAfter : rules.healAfter)) return 'follow';
  track.phase = 'healed';
  track.healedRun = run;
  track.healedAt = at;
  track.sinceHealed = 0;
  track.change = null;
  track.acknowledgedBy = null;
  effects.changes.push({
    id: track.id,
    run,
    at,
    change: 'healed',
    comment: `last seen in run ${track.lastRun}`,
  });
  return 'follow';
}

/** Runs in a row, the newest first, that did not show it. */
export function missesIn(recent: readonly boolean[]): number {
  return recent.length - 1 - recent.lastIndexOf(true);
}

/** It has gone and come back at least twice. */
export function flickers(recent: readonly boolean[]): boolean {
  const gaps = recent.filter((seen, index) => seen && recent[index - 1] === false).length;
  return gaps >= rules.flickerGaps;
}
