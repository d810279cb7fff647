import type { Anchor } from './recordedAct.ts';
import { overlap } from './spans.ts';
import type { Track } from './track.ts';

/** By its number, else the incident of that chamber that has most of its wires. */
export function findTrack(tracks: readonly Track[], id: number, anchor: Anchor): Track | undefined {
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
