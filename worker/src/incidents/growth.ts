import { median as medianOf } from '@dtdqm/contract/numbers';
import { hardwareOf } from './hardware.ts';
import { layersIn } from './spans.ts';
import {
  recordChange,
  rules,
  severityOf,
  type Effects,
  type RunFindings,
  type Track,
  type View,
} from './track.ts';

/**
 * Settles what is told of a fault. Names, layers and hardware go into alerts, where another word is another alert: they follow
 * the newest sighting only where it says the same in these, or three in a row agree on something else.
 */
export function applyHysteresis(track: Pick<Track, 'views' | 'stated'>, { now = false } = {}): void {
  const newest = track.views.at(-1);
  if (newest === undefined) return;
  const wording = wordingOf(newest);
  const agreed = track.views.length >= 3 && track.views.every((view) => wordingOf(view) === wording);
  if (now || agreed || wordingOf(track.stated) === wording) track.stated = newest;
}

function wordingOf({ kind, spans, extent, lost }: View): string {
  return [kind, layersIn(spans).join(), hardwareOf(spans, extent, kind), severityOf(kind, lost)].join('|');
}

/** Medians of three, so that one odd run changes nothing. What has grown is loud again, whatever was said of it before. */
export function judgeGrowth(track: Track, run: RunFindings, effects: Effects): void {
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
  const what = track.stated.kind === 'coverage' ? 'chambers' : 'wires';
  const comment = `from ${Math.round(reference)} to ${Math.round(median)} ${what} lost`;
  recordChange(effects, track, run, track.change, { comment });
}
