import { findTrack } from './findTrack.ts';
import { ActError, type RecordedAct } from './recordedAct.ts';
import { union } from './spans.ts';
import type { Effects, Track } from './track.ts';

/**
 * Makes a fault part of another of the same chamber, which then covers the wires of both.
 *
 * @throws {ActError} when the other is the same, of another chamber, or no longer followed.
 */
export function mergeTracks(
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
  target.firstRun = Math.min(target.firstRun, track.firstRun);
  target.apart = target.apart && track.apart;
  effects.merged.push({ id: track.id, into: target.id, run });
  effects.finished.push(track);
}
