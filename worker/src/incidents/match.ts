import { rules } from './rules.ts';
import type { IncidentKind } from '@dtdqm/contract';
import { cellsIn, difference, intersection, overlap, shareInside, union, type Spans } from './spans.ts';
import type { Finding, Track } from './track.ts';

export interface Matched {
  /** Findings that are known faults; several of one run may be parts of one fault. */
  seen: Map<Track, Finding[]>;
  /** Faults that a greater one hides, with the one that does and whether they are of like size. */
  covered: Map<Track, { by: Track | null; alike: boolean }>;
  /** Findings that nobody knows yet. */
  fresh: Finding[];
}

const isNoise = (kind: IncidentKind) => kind === 'noisy-cell';

const asKnown = ({ spans, stated: { kind } }: Track) => ({ spans, kind });

/** Whether a finding may be this fault: by the wires in common, not by equality, and whatever it is called. */
function couldBe(known: { spans: Spans; kind: IncidentKind }, finding: Finding): boolean {
  if (isNoise(known.kind) !== isNoise(finding.kind)) return false;
  const a = cellsIn(known.spans);
  const b = cellsIn(finding.spans);
  if (Math.max(a, b) > rules.sameSize * Math.min(a, b)) return false;
  return overlap(known.spans, finding.spans) >= rules.sameOverlap;
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
      if (isNoise(track.stated.kind) !== isNoise(finding.kind)) continue;
      give(track, { ...finding, spans: intersection(finding.spans, track.spans) });
      rest = { ...rest, spans: difference(rest.spans, track.spans) };
    }
    if (rest.spans.length === 0) continue;
    const owner = tracks
      .filter((track) => !apart.includes(track) && couldBe(asKnown(track), rest))
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
  const hiding = [...owners.keys(), ...fresh].filter(({ kind }) => !isNoise(kind));
  for (const track of tracks) {
    if (seen.has(track)) continue;
    const by = hiding.find(({ spans }) => shareInside(track.spans, spans) >= rules.coveredShare);
    if (by !== undefined)
      covered.set(track, { by: owners.get(by) ?? null, alike: couldBe(asKnown(track), by) });
  }
  return covered;
}

/** Open faults before healed ones before candidates, then the older. */
function precedence(a: Track, b: Track): number {
  const rank = { open: 0, healed: 1, candidate: 2 };
  return rank[a.phase] - rank[b.phase] || a.firstRun - b.firstRun || order(a.spans, b.spans);
}

/** Findings of one run that tell of the same wires are one, by the name of the surest. */
function coalesce(findings: readonly Finding[]): Finding[] {
  const sorted = [...findings].sort((a, b) => b.confidence - a.confidence || order(a.spans, b.spans));
  const merged: Finding[] = [];
  for (const finding of sorted) {
    const index = merged.findIndex((known) => couldBe(known, finding));
    const known = merged[index];
    if (known === undefined) merged.push(finding);
    else merged[index] = { ...known, spans: union(known.spans, finding.spans) };
  }
  return merged;
}

/** Any order that is the same every time. */
function order(a: Finding['spans'], b: Finding['spans']): number {
  const [first, second] = [JSON.stringify(a), JSON.stringify(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}
