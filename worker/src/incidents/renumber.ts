import type { Effects, Ledger, Track } from './track.ts';

type Numbers = ReadonlyMap<number, number>;

/** The same ledger with final numbers in place of provisional ones. */
export function renumberLedger(ledger: Ledger, numbers: Numbers): Ledger {
  return { ...ledger, tracks: ledger.tracks.map((track) => renumberTrack(track, numbers)) };
}

export function renumberEffects(
  { sightings, changes, merged, finished }: Effects,
  numbers: Numbers,
): Effects {
  const final = (id: number) => numbers.get(id) ?? id;
  return {
    sightings: sightings.map((sighting) => ({ ...sighting, id: final(sighting.id) })),
    changes: changes.map((change) => ({
      ...change,
      id: final(change.id),
      ...(change.other === undefined ? {} : { other: final(change.other) }),
    })),
    merged: merged.map(({ id, into, run }) => ({ id: final(id), into: final(into), run })),
    finished: finished.map((track) => renumberTrack(track, numbers)),
  };
}

function renumberTrack(track: Track, numbers: Numbers): Track {
  const id = numbers.get(track.id);
  return id === undefined ? track : { ...track, id };
}
