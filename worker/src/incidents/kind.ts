import type { IncidentKind } from '@dtdqm/contract';
import type { Track } from './track.ts';

/** What a fault is called: the name that the newest sightings agree on most surely; a name goes before none. */
export function kindOf({ kinds }: Pick<Track, 'kinds'>): IncidentKind {
  const votes = new Map<IncidentKind, number>();
  for (const { kind, confidence } of kinds) {
    const weight = kind === 'unnamed' ? 0.1 * confidence : confidence;
    votes.set(kind, (votes.get(kind) ?? 0) + weight);
  }
  const [best] = [...votes].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return best?.[0] ?? 'unnamed';
}
