import { latestOf, sightingOf, viewOf } from './sighting.ts';
import type { Finding, RunFindings, Track } from './track.ts';

/** A candidate: seen once, told to nobody until another run confirms it. */
export function beginTrack(chamber: string, finding: Finding, run: RunFindings): Track {
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
