import { parseChamber, superlayersOf } from '@dtdqm/contract';
import { median as medianOf } from '@dtdqm/contract/numbers';
import { latestOf, sightingOf, viewOf } from './groupFindings.ts';
import { hardwareOf } from './hardware.ts';
import { matchFindings } from './matchFindings.ts';
import { cellsIn, layersIn, type Spans } from './spans.ts';
import {
  noEffects,
  rules,
  severityOf,
  type Change,
  type Effects,
  type Finding,
  type Ledger,
  type Numbering,
  type RunFindings,
  type Track,
  type View,
} from './track.ts';

/**
 * Takes one run into the ledger: moves every fault along the arrows of its life. Every number is in `rules`.
 *
 *                    2nd sighting               3 misses in a row
 *        sighting    in 3 runs                  (6 when it flickers)
 *     ---------> candidate ---------> open -------------------------> healed
 *                    |                 |  ^                             |  |
 *                    | 2 misses        |  '-----------------------------'  | 10 runs that could show it
 *                    | in a row        |      2nd sighting in 3 runs       | (never while known bad)
 *                    v                 | hidden for 5 runs by an           v
 *                forgotten             | open fault of like size        finished
 *                                      v
 *                                  absorbed
 *
 * - A run that shows a fault is a sighting ({@link applySighting}), one that could and does not a miss ({@link applyMiss}). While a
 *   greater fault hides it, or its layers cannot be judged, a run is neither.
 * - Beside `open`, an incident is said to be new, grown or shrunk (`change`) for three runs.
 * - People move nothing here. They acknowledge, shelve and mark, and they merge and split (acts.ts). Growth takes back
 *   acknowledgement and known-bad, healing the acknowledgement.
 *
 * The same ledger and run give the same result, whatever happened in between; the ledger that was passed is left as it is.
 */
export function applyRun(
  before: Ledger,
  run: RunFindings,
  number: Numbering,
): { ledger: Ledger; effects: Effects } {
  const effects = noEffects();
  const tracks = structuredClone(before.tracks);
  const byChamber = new Map<string, Track[]>();
  for (const track of tracks) byChamber.set(track.chamber, [...(byChamber.get(track.chamber) ?? []), track]);
  const chambers = [...new Set([...byChamber.keys(), ...run.findings.keys()])].sort();
  const kept = chambers.flatMap((chamber) =>
    applyRunToChamber(chamber, byChamber.get(chamber) ?? [], run, number, effects),
  );
  return { ledger: { run: run.run, tracks: kept }, effects };
}

function applyRunToChamber(
  chamber: string,
  tracks: readonly Track[],
  run: RunFindings,
  number: Numbering,
  effects: Effects,
): Track[] {
  const { seen, covered, fresh } = matchFindings(
    tracks,
    run.findings.get(chamber) ?? [],
    superlayersOf(parseChamber(chamber).station),
  );
  const blind = run.blind.get(chamber) ?? [];
  const kept: Track[] = [];
  for (const track of tracks) {
    const findings = seen.get(track);
    const cover = covered.get(track);
    if (track.change !== null && ++track.changeAge >= rules.tellRuns) track.change = null;
    if (findings !== undefined) {
      track.covered = 0;
      applySighting(track, findings, run, number, effects);
    } else if (cover !== undefined) {
      track.covered += 1;
      if (absorbCovered(track, cover, run, effects)) continue;
    } else if (!isBlind(track.spans, blind) && applyMiss(track, run, effects) === 'done') continue;
    kept.push(track);
  }
  return [...kept, ...fresh.map((finding) => createTrack(chamber, finding, run))];
}

/** A candidate: seen once, told to nobody until another run confirms it. */
export function createTrack(chamber: string, finding: Finding, run: RunFindings): Track {
  const sighting = sightingOf([finding], run.run);
  const view = viewOf([finding], sighting);
  return {
    id: 0,
    chamber,
    phase: 'candidate',
    spans: sighting.spans,
    apart: false,
    recent: [true],
    views: [view],
    stated: view,
    reference: sighting.lost,
    firstRun: run.run,
    lastRun: run.run,
    openedRun: 0,
    openedAt: '',
    healedRun: null,
    healedAt: null,
    sinceHealed: 0,
    change: null,
    changeAge: 0,
    covered: 0,
    sightings: 0,
    pending: [sighting],
    latest: latestOf([finding], run.model),
    acknowledgedBy: null,
    shelf: null,
    knownBad: false,
  };
}

/** A run shows the fault: confirms a candidate, reopens what had healed, or tells whether it has grown. */
function applySighting(
  track: Track,
  findings: readonly Finding[],
  run: RunFindings,
  number: Numbering,
  effects: Effects,
): void {
  const sighting = sightingOf(findings, run.run);
  recordWhetherSeen(track, true);
  track.pending.push(sighting);
  if (track.phase === 'healed') track.sinceHealed += 1;
  if (track.phase !== 'open' && !isConfirmed(track)) return;
  if (track.phase !== 'open') openTrack(track, run, number, effects);
  const opening = track.sightings === 0;
  track.spans = sighting.spans;
  track.lastRun = sighting.run;
  track.latest = latestOf(findings, run.model);
  track.views = [...track.views, viewOf(findings, sighting)].slice(-3);
  applyHysteresis(track, { now: opening });
  effects.sightings.push(...track.pending.map((pending) => ({ ...pending, id: track.id })));
  track.sightings += track.pending.length;
  track.pending = [];
  judgeGrowth(track, run, effects);
}

function recordWhetherSeen(track: Track, seen: boolean): void {
  track.recent = [...track.recent, seen].slice(-rules.memory);
}

function isConfirmed({ recent }: Track): boolean {
  return recent.slice(-rules.openWindow).filter(Boolean).length >= rules.openSightings;
}

/** A candidate is opened under a number of its own, what had healed is opened again. */
function openTrack(track: Track, run: RunFindings, number: Numbering, effects: Effects): void {
  if (track.phase === 'candidate') {
    track.id = number();
    track.openedRun = run.run;
    track.openedAt = run.at;
    track.change = 'new';
    track.changeAge = 0;
    recordChange(effects, track, run, 'opened');
  } else {
    track.healedRun = null;
    track.healedAt = null;
    track.sinceHealed = 0;
    recordChange(effects, track, run, 'reopened');
  }
  track.phase = 'open';
}

/**
 * Settles what is told of a fault. Names, layers and hardware go into alerts, where another word is another alert: they follow
 * the newest sighting only where it says the same in these, or three in a row agree on something else.
 */
function applyHysteresis(track: Pick<Track, 'views' | 'stated'>, { now = false } = {}): void {
  const newest = track.views.at(-1);
  if (newest === undefined) return;
  const wording = wordingOf(newest);
  const agreed = track.views.length >= 3 && track.views.every((view) => wordingOf(view) === wording);
  if (now || agreed || wordingOf(track.stated) === wording) track.stated = newest;
}

function wordingOf({ kind, spans, extent, lost }: View): string {
  return [kind, layersIn(spans).join(), hardwareOf(spans, extent), severityOf(kind, lost)].join('|');
}

/** Medians of three, so that one odd run changes nothing. What has grown is loud again, whatever was said of it before. */
function judgeGrowth(track: Track, run: RunFindings, effects: Effects): void {
  const losses = track.views.map(({ lost }) => lost);
  if (losses.length < 3) {
    track.reference = Math.max(...losses);
    return;
  }
  const median = medianOf(losses);
  const { reference } = track;
  if (Math.abs(median - reference) < rules.growLeast) return;
  const grown = median >= reference * rules.growFactor;
  if (!grown && median * rules.growFactor > reference) return;
  track.change = grown ? 'grown' : 'shrunk';
  track.changeAge = 0;
  track.reference = median;
  applyHysteresis(track, { now: true });
  if (grown) {
    track.acknowledgedBy = null;
    track.knownBad = false;
  }
  const comment = `from ${Math.round(reference)} to ${Math.round(median)} wires lost`;
  recordChange(effects, track, run, track.change, { comment });
}

/**
 * A run could have shown the fault and did not.
 *
 * @returns `done` when the ledger need not follow it any further.
 */
function applyMiss(track: Track, run: RunFindings, effects: Effects): 'done' | 'follow' {
  recordWhetherSeen(track, false);
  const misses = missesIn(track.recent);
  switch (track.phase) {
    case 'candidate':
      return misses >= rules.forgetAfter ? 'done' : 'follow';
    case 'healed':
      track.sinceHealed += 1;
      if (misses >= rules.forgetAfter) track.pending = [];
      if (track.sinceHealed < rules.reopenWithin || track.knownBad) return 'follow';
      effects.finished.push(track);
      return 'done';
    case 'open':
      if (misses >= (flickers(track.recent) ? rules.healFlickeringAfter : rules.healAfter))
        closeTrack(track, run, effects);
      return 'follow';
  }
}

function closeTrack(track: Track, run: RunFindings, effects: Effects): void {
  track.phase = 'healed';
  track.healedRun = run.run;
  track.healedAt = run.at;
  track.sinceHealed = 0;
  track.change = null;
  track.acknowledgedBy = null;
  recordChange(effects, track, run, 'healed', { comment: `last seen in run ${track.lastRun}` });
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

/**
 * A fault that a greater one of like size has hidden for long is part of it now.
 *
 * @returns whether the ledger need not follow it any further.
 */
function absorbCovered(
  track: Track,
  { by, alike }: { by: Track | null; alike: boolean },
  run: RunFindings,
  effects: Effects,
): boolean {
  if (track.covered < rules.absorbAfter) return false;
  if (track.phase === 'candidate') return true;
  if (!alike || by === null || by.phase !== 'open' || track.knownBad || track.phase !== 'open') return false;
  effects.merged.push({ id: track.id, into: by.id, run: run.run });
  recordChange(effects, track, run, 'absorbed', { comment: 'is now part of incident', other: by.id });
  by.firstRun = Math.min(by.firstRun, track.firstRun);
  effects.finished.push(track);
  return true;
}

/** Whether a run that cannot judge these layers says nothing of wires there. */
function isBlind(spans: Spans, blind: readonly number[]): boolean {
  const hidden = spans.filter(({ layer }) => blind.includes(layer));
  return cellsIn(hidden) > rules.blindShare * cellsIn(spans);
}

function recordChange(
  effects: Effects,
  { id }: Track,
  { run, at }: RunFindings,
  change: Change['change'],
  more: Partial<Pick<Change, 'comment' | 'other'>> = {},
): void {
  effects.changes.push({ id, run, at, change, comment: '', ...more });
}
