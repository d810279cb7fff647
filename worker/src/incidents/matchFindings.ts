import { areAlike, areOfOneSuperlayer, groupFindings } from './groupFindings.ts';
import {
  difference,
  intersection,
  normalise,
  overlap,
  shareInside,
  superlayersIn,
  type Spans,
} from './spans.ts';
import { isNoise, rules, type Finding, type Track } from './track.ts';

export interface Matched {
  /** Findings that are known faults; several of one run may be parts of one fault. */
  seen: Map<Track, Finding[]>;
  /** Faults that a greater one hides, with the one that does and whether they are of like size. */
  covered: Map<Track, { by: Track | null; alike: boolean }>;
  /** Findings that nobody knows yet. */
  fresh: Finding[];
}

/** Whether a finding may be this fault: by the wires in common, not by equality, and whatever it is called. */
function mayBeSameFault(track: Track, finding: Finding): boolean {
  if (isNoise(track.stated) !== isNoise(finding)) return false;
  const spans = searchedSpans(track);
  return areAlike(spans, finding.spans) || areOfOneSuperlayer(spans, finding.spans);
}

/**
 * Where a fault is looked for: where it was seen last. One of several superlayers may show in now these, now those of them,
 * and is looked for wherever the newest sightings had it.
 */
function searchedSpans({ spans, views }: Track): Spans {
  const place = normalise([...spans, ...views.flatMap((view) => view.spans)]);
  return superlayersIn(place).length > 1 ? place : spans;
}

/**
 * Tells which findings of one chamber in one run are which of its known faults. Depends on nothing but what is passed, and
 * not on the order of the findings.
 *
 * @param superlayers of the chamber.
 */
export function matchFindings(
  tracks: readonly Track[],
  findings: readonly Finding[],
  superlayers: readonly number[],
): Matched {
  const seen = new Map<Track, Finding[]>();
  const assign = (track: Track, finding: Finding) => seen.set(track, [...(seen.get(track) ?? []), finding]);
  const owners = new Map<Finding, Track>();
  const fresh: Finding[] = [];

  for (const finding of groupFindings(findings, superlayers)) {
    let rest = finding;
    for (const track of tracks) {
      if (!track.apart || shareInside(track.spans, finding.spans) < rules.sameOverlap) continue;
      if (isNoise(track.stated) !== isNoise(finding)) continue;
      assign(track, { ...finding, spans: intersection(finding.spans, track.spans) });
      rest = { ...rest, spans: difference(rest.spans, track.spans) };
    }
    if (rest.spans.length === 0) continue;
    const owner = tracks
      .filter((track) => !track.apart && mayBeSameFault(track, rest))
      .map((track) => ({ track, overlap: overlap(searchedSpans(track), rest.spans) }))
      .sort((a, b) => b.overlap - a.overlap || precedence(a.track, b.track))[0]?.track;
    if (owner === undefined) fresh.push(rest);
    else {
      assign(owner, rest);
      owners.set(rest, owner);
    }
  }
  const unknown = fresh.filter((finding) => {
    const owner = ownerOfPiece(tracks, seen, finding);
    if (owner !== undefined) assign(owner, finding);
    return owner === undefined;
  });
  return { seen, covered: findCovered(tracks, seen, owners, unknown), fresh: unknown };
}

/** A fault of several superlayers that the run shows, of which this can only be a small piece more. */
function ownerOfPiece(
  tracks: readonly Track[],
  seen: ReadonlyMap<Track, Finding[]>,
  finding: Finding,
): Track | undefined {
  if (isNoise(finding)) return undefined;
  return tracks
    .filter((track) => seen.has(track) && !track.apart && !isNoise(track.stated))
    .map((track) => ({ track, place: searchedSpans(track) }))
    .filter(({ place }) => superlayersIn(place).length > 1)
    .map(({ track, place }) => ({ track, inside: shareInside(finding.spans, place) }))
    .filter(({ inside }) => inside >= rules.coveredShare)
    .sort((a, b) => b.inside - a.inside || precedence(a.track, b.track))[0]?.track;
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
    if (by !== undefined)
      covered.set(track, { by: owners.get(by) ?? null, alike: mayBeSameFault(track, by) });
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
