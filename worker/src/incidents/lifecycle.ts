import { parseChamber, superlayersOf, type RunSpan } from '@dtdqm/contract';
import { coverageOf, applyHysteresis, judgeGrowth } from './growth.ts';
import { latestOf, sightingOf, viewOf } from './groupFindings.ts';
import { backInWords, inWords, joinInRun } from './inRun.ts';
import { matchFindings } from './matchFindings.ts';
import { cellsIn, type Spans } from './spans.ts';
import {
  beginWith,
  flickers,
  missesIn,
  noEffects,
  recordChange,
  rules,
  wholeDetector,
  type Effects,
  type Finding,
  type InRun,
  type Ledger,
  type Numbering,
  type RunFindings,
  type Track,
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
 * - What changed while a run was taken is certain: it opens with that run, and heals in it when the hits came back there.
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
  const chambers = [...new Set([...byChamber.keys(), ...run.findings.keys()])]
    .filter((chamber) => chamber !== wholeDetector)
    .sort();
  const kept = chambers.flatMap((chamber) =>
    applyRunToChamber(chamber, byChamber.get(chamber) ?? [], run, number, effects),
  );
  const { findings, judged } = coverageOf(before, run);
  const whole = byChamber.get(wholeDetector) ?? [];
  if (findings !== null) {
    // One at a time, and certain at once.
    const track = whole[0] ?? (findings[0] && unseen(createTrack(wholeDetector, findings[0], run)));
    if (track !== undefined && applyCoverage(track, findings, run, number, effects) === 'follow')
      kept.push(track);
  } else kept.push(...whole);
  return { ledger: { run: run.run, tracks: kept, judged }, effects };
}

const unseen = (track: Track): Track => ({ ...track, recent: [], pending: [] });

function applyCoverage(
  track: Track,
  findings: readonly Finding[],
  run: RunFindings,
  number: Numbering,
  effects: Effects,
): 'done' | 'follow' {
  tellOn(track);
  if (findings.length === 0) return applyMiss(track, run, effects);
  applySighting(track, findings, run, number, effects);
  return 'follow';
}

/** One run more since it was said to be new, grown or shrunk. */
function tellOn(track: Track): void {
  if (track.change !== null && ++track.changeAge >= rules.tellRuns) track.change = null;
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
    tellOn(track);
    if (findings !== undefined) {
      track.covered = 0;
      applySighting(track, findings, run, number, effects);
    } else if (cover !== undefined) {
      track.covered += 1;
      if (absorbCovered(track, cover, run, effects)) continue;
    } else if (!isBlind(track.spans, blind) && applyMiss(track, run, effects) === 'done') continue;
    kept.push(track);
  }
  for (const finding of fresh) {
    const track = createTrack(chamber, finding, run);
    if (finding.inRun === undefined) kept.push(track);
    else {
      const certain = unseen(track);
      applySighting(certain, [finding], run, number, effects);
      kept.push(certain);
    }
  }
  return kept;
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
    began: null,
    ended: null,
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
  const inRun = joinInRun(findings);
  const wasOpen = track.phase === 'open';
  if (track.phase !== 'open' && inRun === undefined && !isConfirmed(track)) return;
  if (inRun !== undefined && track.firstRun === run.run) track.began = inRun.began;
  if (track.phase !== 'open') openTrack(track, run, number, effects, inRun);
  const opening = track.sightings === 0;
  track.spans = sighting.spans;
  track.lastRun = sighting.run;
  track.latest = latestOf(findings, run.model);
  track.views = [...track.views, viewOf(findings, sighting)].slice(-3);
  applyHysteresis(track, { now: opening });
  effects.sightings.push(...track.pending.map((pending) => ({ ...pending, id: track.id })));
  track.sightings += track.pending.length;
  track.pending = [];
  judgeGrowth(track, run, effects, inRun !== undefined);
  // Of a fault that was there before nobody knows that more came back than what was lost in this run.
  const isOver = !wasOpen && findings.every((finding) => finding.inRun && finding.inRun.ended !== null);
  if (inRun?.ended && isOver && inRun.how !== 'flickers') closeTrack(track, run, effects, inRun.ended);
}

function recordWhetherSeen(track: Track, seen: boolean): void {
  track.recent = [...track.recent, seen].slice(-rules.memory);
}

function isConfirmed({ chamber, recent }: Track): boolean {
  if (chamber === wholeDetector) return true;
  return recent.slice(-rules.openWindow).filter(Boolean).length >= rules.openSightings;
}

/** A candidate is opened under a number of its own, what had healed is opened again. */
function openTrack(
  track: Track,
  run: RunFindings,
  number: Numbering,
  effects: Effects,
  inRun: InRun | undefined,
): void {
  const comment =
    inRun === undefined ? '' : inWords(inRun.how === 'flickers' ? inRun : { ...inRun, ended: null });
  if (track.phase === 'candidate') {
    track.id = number();
    track.openedRun = run.run;
    track.openedAt = run.at;
    track.change = 'new';
    track.changeAge = 0;
    recordChange(effects, track, run, 'opened', { comment });
  } else {
    track.healedRun = null;
    track.healedAt = null;
    track.ended = null;
    track.sinceHealed = 0;
    recordChange(effects, track, run, 'reopened', { comment });
  }
  track.phase = 'open';
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
      if (misses >= healsAfter(track)) closeTrack(track, run, effects);
      return 'follow';
  }
}

function healsAfter(track: Track): number {
  if (track.chamber === wholeDetector) return rules.coverageHealAfter;
  return flickers(track.recent) || track.latest.flickers ? rules.healFlickeringAfter : rules.healAfter;
}

/** @param ended when its hits came back inside the run. */
function closeTrack(track: Track, run: RunFindings, effects: Effects, ended: RunSpan | null = null): void {
  track.phase = 'healed';
  track.healedRun = run.run;
  track.healedAt = ended?.to.at ?? run.at;
  track.ended = ended;
  track.sinceHealed = 0;
  track.change = null;
  track.acknowledgedBy = null;
  const comment = ended === null ? `last seen in run ${track.lastRun}` : backInWords(ended);
  recordChange(effects, track, run, 'healed', { comment });
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
  beginWith(by, track);
  effects.finished.push(track);
  return true;
}

/** Whether a run that cannot judge these layers says nothing of wires there. */
function isBlind(spans: Spans, blind: readonly number[]): boolean {
  const hidden = spans.filter(({ layer }) => blind.includes(layer));
  return cellsIn(hidden) > rules.blindShare * cellsIn(spans);
}
