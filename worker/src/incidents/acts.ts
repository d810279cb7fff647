import type { IncidentAct, Span } from '@dtdqm/contract';
import { isGrown } from './growth.ts';
import { cellsIn, difference, intersection, overlap, union } from './spans.ts';
import {
  beginWith,
  noEffects,
  type Effects,
  type Ledger,
  type Numbering,
  type Track,
  type View,
} from './track.ts';

/** Where an incident was when somebody acted on it, so that a replay finds it under whatever number it has there. */
export interface Anchor {
  chamber: string;
  spans: Span[];
  firstRun: number;
}

type Without<T> = T extends { idempotencyKey: string } ? Omit<T, 'idempotencyKey' | 'comment'> : never;

/** An act without what only the journal needs. */
type ActOnLedger = Without<IncidentAct>;

/** What somebody did, as the journal keeps it. */
export interface RecordedAct {
  actor: string;
  incident: number;
  /** Newest run of the ledger at that time: the act counts after it and before the next. */
  run: number;
  /** ISO 8601. */
  at: string;
  act: ActOnLedger;
  anchor: Anchor;
  /** Of the other incident of a merge. */
  otherAnchor?: Anchor;
}

/** Why an act cannot be done; the message is for the user. */
export class ActError extends Error {
  override readonly name = 'ActError';
}

/**
 * Does to the ledger what somebody did. Comments and links change nothing in it.
 *
 * @throws {ActError} when the ledger does not allow it; nothing is changed then.
 */
export function applyAct(
  before: Ledger,
  recorded: RecordedAct,
  number: Numbering,
): { ledger: Ledger; effects: Effects } {
  const effects = noEffects();
  const tracks = structuredClone(before.tracks);
  const { act, actor } = recorded;
  const ledger = { ...before, tracks };
  if (act.action === 'comment' || act.action === 'link' || act.action === 'unlink')
    return { ledger, effects };
  const track = findTrack(tracks, recorded.incident, recorded.anchor);
  if (track === undefined)
    throw new ActError(
      `incident ${recorded.incident} healed long ago: nothing can be done to it but comment and link`,
    );
  switch (act.action) {
    case 'acknowledge':
      if (track.phase === 'healed')
        throw new ActError(`incident ${track.id} has healed: there is nothing to acknowledge`);
      if (isOfLess(track, recorded, effects)) break;
      track.acknowledgedBy = actor;
      break;
    case 'unacknowledge':
      track.acknowledgedBy = null;
      break;
    case 'shelve':
      track.shelf = { by: actor, owner: act.owner, reason: act.reason, until: act.until };
      break;
    case 'unshelve':
      track.shelf = null;
      break;
    case 'known-bad':
      track.knownBad = !isOfLess(track, recorded, effects);
      break;
    case 'not-known-bad':
      track.knownBad = false;
      break;
    case 'split':
      tracks.push(splitTrack(track, act, recorded, number, effects));
      break;
    case 'merge':
      mergeTracks(tracks, track, act.into, recorded, effects);
  }
  return {
    ledger: { ...ledger, tracks: tracks.filter((each) => !effects.finished.includes(each)) },
    effects,
  };
}

/**
 * Whether somebody answered for less than there is: the run in progress has lost more since, or is judged otherwise. Such an answer does not count, and
 * the incident is told to have grown.
 */
function isOfLess(track: Track, { actor, anchor, run, at }: RecordedAct, effects: Effects): boolean {
  const [before, now] = [anchor.spans, track.stated.spans].map(cellsIn) as [number, number];
  if (before === 0 || !isGrown(before, now)) return false;
  track.change = 'grown';
  track.changeAge = 0;
  const comment = `from ${before} to ${now} wires since ${actor} answered`;
  effects.changes.push({ id: track.id, run, at, change: 'grown', comment });
  return true;
}

/** By its number, else the incident of that chamber that has most of its wires. */
function findTrack(tracks: readonly Track[], id: number, anchor: Anchor): Track | undefined {
  const byNumber = tracks.find((track) => track.id === id && track.phase !== 'candidate');
  if (byNumber !== undefined) return byNumber;
  return tracks
    .filter(
      ({ chamber, phase, spans }) =>
        chamber === anchor.chamber && phase !== 'candidate' && overlap(spans, anchor.spans) > 0,
    )
    .sort(
      (a, b) =>
        overlap(b.spans, anchor.spans) - overlap(a.spans, anchor.spans) ||
        Math.abs(a.firstRun - anchor.firstRun) - Math.abs(b.firstRun - anchor.firstRun) ||
        a.firstRun - b.firstRun,
    )[0];
}

/**
 * Makes a fault part of another of the same chamber, which then covers the wires of both.
 *
 * @throws {ActError} when the other is the same, of another chamber, or no longer followed.
 */
function mergeTracks(
  tracks: readonly Track[],
  track: Track,
  into: number,
  { run, otherAnchor, anchor }: RecordedAct,
  effects: Effects,
): void {
  const others = tracks.filter((other) => other !== track);
  const target = into === track.id ? undefined : findTrack(others, into, otherAnchor ?? anchor);
  if (into === track.id) throw new ActError('into: must be another incident');
  if (target === undefined) throw new ActError(`into: incident ${into} is not followed any more`);
  if (target.chamber !== track.chamber)
    throw new ActError(`into: incident ${into} is of another chamber: link them instead`);
  if (target.phase === 'healed' && track.phase === 'open')
    throw new ActError(
      `into: incident ${into} has healed and this one is open: merge it the other way round`,
    );
  if (track.phase === target.phase) target.spans = union(target.spans, track.spans);
  beginWith(target, track);
  target.apart = target.apart && track.apart;
  effects.merged.push({ id: track.id, into: target.id, run });
  effects.finished.push(track);
}

/**
 * Makes some layers or wires of a fault an incident of its own. From then on, what covers both is divided between them.
 *
 * @returns the new one; the old keeps the rest.
 * @throws {ActError} when that would leave either with nothing.
 */
function splitTrack(
  track: Track,
  { layers, wires }: Extract<ActOnLedger, { action: 'split' }>,
  { run, at }: RecordedAct,
  number: Numbering,
  effects: Effects,
): Track {
  if (track.phase !== 'open') throw new ActError(`incident ${track.id} has healed: it cannot be split`);
  if (layers === undefined && wires === undefined)
    throw new ActError('layers: say which layers or wires become an incident of their own');
  const { first, last } = wires ?? { first: 1, last: 200 };
  const wanted = track.spans
    .filter(({ layer }) => layers?.includes(layer) ?? true)
    .map(({ layer }) => ({ layer, first, last }));
  const spans = intersection(track.spans, wanted);
  const rest = difference(track.spans, wanted);
  if (spans.length === 0 || rest.length === 0)
    throw new ActError(
      `layers: incident ${track.id} must keep some of its wires, and the new one needs some`,
    );
  const share = cellsIn(spans) / cellsIn(track.spans);
  const part: Track = {
    ...structuredClone(track),
    id: number(),
    spans,
    apart: true,
    views: [],
    stated: partOf(track.stated, spans, share, wires !== undefined),
    reference: track.reference * share,
    openedRun: run,
    openedAt: at,
    change: 'new',
    changeAge: 0,
    pending: [],
    knownBad: false,
    acknowledgedBy: null,
    shelf: null,
  };
  track.spans = rest;
  track.views = [];
  track.stated = partOf(track.stated, rest, 1 - share, wires !== undefined);
  track.reference *= 1 - share;
  effects.changes.push({
    id: part.id,
    run,
    at,
    change: 'opened',
    comment: 'split from incident',
    other: track.id,
  });
  return part;
}

/** What is told of a part until runs show it by itself. */
function partOf(stated: View, spans: Span[], share: number, narrower: boolean): View {
  return { ...stated, spans, lost: stated.lost * share, extent: narrower ? 'part' : stated.extent };
}
