import { hardwareOf } from './hardware.ts';
import { severityOf } from './severity.ts';
import { layersIn } from './spans.ts';
import type { Track, View } from './track.ts';

/**
 * Settles what is told of a fault. Names, layers and hardware go into alerts, where another word is another alert: they follow
 * the newest sighting only where it says the same in these, or three in a row agree on something else.
 */
export function settle(track: Pick<Track, 'views' | 'stated'>, { now = false } = {}): void {
  const newest = track.views.at(-1);
  if (newest === undefined) return;
  const word = wordOf(newest);
  const agreed = track.views.length >= 3 && track.views.every((view) => wordOf(view) === word);
  if (now || agreed || wordOf(track.stated) === word) track.stated = newest;
}

function wordOf({ kind, spans, extent, lost }: View): string {
  return [kind, layersIn(spans).join(), hardwareOf(spans, extent), severityOf(kind, lost)].join('|');
}
