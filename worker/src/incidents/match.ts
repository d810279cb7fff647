import { rules } from './rules.ts';
import { areAlike, areOfOneSuperlayer, coalesce, isNoise } from './coalesce.ts';
import { difference, intersection, overlap, shareInside } from './spans.ts';
import type { Finding, Track } from './track.ts';

export interface Matched {
  /** Findings that are known faults; several of one run may be parts of one fault. */
  seen: Map<Track, Finding[]>;
  /** Faults that a greater one hides, with the one that does and whether they are of like size. */
  covered: Map<Track, { by: Track | null; alike: boolean }>;
  /** Findings that nobody knows yet. */
  fresh: Finding[];
}

/** Whether a finding may be this fault: by the wires in common, not by equality, and whatever it is called. */
function couldBe({ spans, stated }: Track, finding: Finding): boolean {
  if (isNoise(stated) !== isNoise(finding)) return false;
  return areAlike(spans, finding.spans) || areOfOneSuperlayer(spans, finding.spans);
}

/**
 * Tells which findings of one chamber in one run are which of its known faults. Depends on nothing but what is passed, and
 * not on the order of the findings.
 */
export function match(tracks: readonly Track[], findings: readonly Finding[]): Matched {
  const seen = new Map<Track, Finding[]>();
  const give = (track: Track, finding: Finding) => seen.set(track, [...(seen.get(track) ?? []), finding]);
  const owners = new Map<Finding, Track>();
  const fresh: Finding[] = [];
  const apart = tracks.filter((track) => track.apart && track.phase !== 'candidate');

  for (const finding of coalesce(findings)) {
    let rest = finding;
    for (const track of apart) {
      if (shareInside(track.spans, finding.spans) < rules.sameOverlap) continue;
      if (isNoise(track.stated) !== isNoise(finding)) continue;
      give(track, { ...finding, spans: intersection(finding.spans, track.spans) });
      rest = { ...rest, spans: difference(rest.spans, track.spans) };
    }
    if (rest.spans.length === 0) continue;
    const owner = tracks
      .filter((track) => !apart.includes(track) && couldBe(track, rest))
      .map((track) => ({ track, overlap: overlap(track.spans, rest.spans) }))
      .sort((a, b) => b.overlap - a.overlap || precedence(a.track, b.track))[0]?.track;
    if (owner === undefined) fresh.push(rest);
    else {
      give(owner, rest);
      owners.set(rest, owner);
    }
  }
  return { seen, covered: findCovered(tracks, seen, owners, fresh), fresh };
}

function findCovered(
  tracks: readonly Track[],
  seen: ReadonlyMap<Track, Finding[]>,
  owners: ReadonlyMap<Finding, Track>,
  fresh: readonly Finding[],
): Matched['covered'] {
  const covered: Matched['covered'] = new Map();
  const hiding = [...owners.keys(), ...fresh].filter((finding) => !isNoise(finding));
  for (const track of tracks) {
    if (seen.has(track)) continue;
    const by = hiding.find(({ spans }) => shareInside(track.spans, spans) >= rules.coveredShare);
    if (by !== undefined) covered.set(track, { by: owners.get(by) ?? null, alike: couldBe(track, by) });
  }
  return covered;
}

/** Open faults before healed ones before candidates, then the older. */
function precedence(a: Track, b: Track): number {
  const rank = { open: 0, healed: 1, candidate: 2 };
  return rank[a.phase] - rank[b.phase] || a.firstRun - b.firstRun || order(a.spans, b.spans);
}

/** Any order that is the same every time. */
function order(a: Finding['spans'], b: Finding['spans']): number {
  const [first, second] = [JSON.stringify(a), JSON.stringify(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}
