import { rules } from './rules.ts';
import { latestOf, sightingOf, viewOf } from './sighting.ts';
import { settle } from './stated.ts';
import type { Effects, Finding, Numbering, RunFindings, Sighting, Track } from './track.ts';

/** A run shows the fault: confirms a candidate, reopens what had healed, or tells whether it has grown. */
export function takeSighting(
  track: Track,
  findings: readonly Finding[],
  run: RunFindings,
  number: Numbering,
  effects: Effects,
): void {
  const sighting = sightingOf(findings, run.run);
  remember(track, true);
  track.pending.push(sighting);
  if (track.phase === 'healed') track.sinceHealed += 1;
  if (track.phase !== 'open' && !isConfirmed(track)) return;
  if (track.phase === 'candidate') open(track, run, number, effects);
  else if (track.phase === 'healed') reopen(track, run, effects);
  const opening = track.sightings === 0;
  describe(track, sighting, findings, run.model);
  settle(track, { now: opening });
  effects.sightings.push(...track.pending.map((pending) => ({ ...pending, id: track.id })));
  track.sightings += track.pending.length;
  track.pending = [];
  judgeGrowth(track, run, effects);
}

export function remember(track: Track, seen: boolean): void {
  track.recent = [...track.recent, seen].slice(-rules.memory);
}

function isConfirmed({ recent }: Track): boolean {
  return recent.slice(-rules.openWindow).filter(Boolean).length >= rules.openSightings;
}

function open(track: Track, { run, at }: RunFindings, number: Numbering, effects: Effects): void {
  track.phase = 'open';
  track.id = number();
  track.openedRun = run;
  track.openedAt = at;
  track.change = 'new';
  track.changeAge = 0;
  effects.changes.push({ id: track.id, run, at, change: 'opened', comment: '' });
}

function reopen(track: Track, { run, at }: RunFindings, effects: Effects): void {
  track.phase = 'open';
  track.healedRun = null;
  track.healedAt = null;
  track.sinceHealed = 0;
  effects.changes.push({ id: track.id, run, at, change: 'reopened', comment: '' });
}

function describe(track: Track, sighting: Sighting, findings: readonly Finding[], model: string): void {
  track.spans = sighting.spans;
  track.lastRun = sighting.run;
  track.latest = latestOf(findings, model);
  track.views = [...track.views, viewOf(findings, sighting)].slice(-3);
}

/** Medians of three, so that one odd run changes nothing. What has grown is loud again, whatever was said of it before. */
function judgeGrowth(track: Track, { run, at }: RunFindings, effects: Effects): void {
  const losses = track.views.map(({ lost }) => lost);
  if (losses.length < 3) {
    track.reference = Math.max(...losses);
    return;
  }
  const [, median = 0] = losses.sort((a, b) => a - b);
  const { reference } = track;
  if (Math.abs(median - reference) < rules.growLeast) return;
  const grown = median >= reference * rules.growFactor;
  if (!grown && median * rules.growFactor > reference) return;
  track.change = grown ? 'grown' : 'shrunk';
  track.changeAge = 0;
  track.reference = median;
  settle(track, { now: true });
  if (grown) {
    track.acknowledgedBy = null;
    track.knownBad = false;
  }
  const comment = `from ${Math.round(reference)} to ${Math.round(median)} wires lost`;
  effects.changes.push({ id: track.id, run, at, change: track.change, comment });
}
