import type { IncidentKind, Span } from '@dtdqm/contract';

/** How far a fault reaches in its layers: from wall to wall, half way from a wall, or less. */
export type Extent = 'whole' | 'half' | 'part';

/** Something wrong in a chamber in one run, as the ledger reads verdicts and faults. */
export interface Finding {
  kind: IncidentKind;
  /** Wires that it concerns. */
  spans: Span[];
  extent: Extent;
  /** 0..1. */
  confidence: number;
  /** Hits found over hits expected; null where nothing tells. */
  ratio: number | null;
  /** Greatest P(bad) of its layers; null where there is none. */
  score: number | null;
  /** Of the absolute attributions in its layers, the share on its wires; null without saliency. */
  saliencyShare: number | null;
  note?: string;
}

/** What one run says, for the ledger. */
export interface RunFindings {
  run: number;
  /** When the run was first stored, ISO 8601. */
  at: string;
  model: string;
  /** By chamber key; chambers that are well have no entry. */
  findings: ReadonlyMap<string, readonly Finding[]>;
  /** Layers that the run says nothing of, by chamber key. */
  blind: ReadonlyMap<string, readonly number[]>;
}

export interface Sighting {
  run: number;
  spans: Span[];
  cells: number;
  /** Wires lost: cells, each counted by the share of its hits that is missing. */
  lost: number;
  score: number | null;
  ratio: number | null;
}

/** How a fault looked in one run. */
export type View = Pick<Finding, 'kind' | 'spans' | 'extent'> & Pick<Sighting, 'lost'>;

export interface Shelf {
  by: string;
  owner: string;
  reason: string;
  /** ISO 8601. */
  until: string;
}

/** A fault followed from run to run: a candidate until confirmed, then an incident. Plain data, stored as JSON. */
export interface Track {
  /** Of the incident; 0 while a candidate, negative while a replay has not given it its number yet. */
  id: number;
  chamber: string;
  phase: 'candidate' | 'open' | 'healed';
  /** Where it was seen last: what findings are compared with. */
  spans: Span[];
  /** Cut off by a person: findings that cover it and its neighbour are divided between both. */
  apart: boolean;
  /** Whether each of the newest runs that could show it did, newest last. */
  recent: boolean[];
  /** The newest three sightings, newest last. */
  views: View[];
  /** What is told of it: see stated.ts. */
  stated: View;
  /** Loss that growth is measured from. */
  reference: number;
  firstRun: number;
  lastRun: number;
  openedRun: number;
  openedAt: string;
  healedRun: number | null;
  healedAt: string | null;
  /** Runs that could show it since it healed. */
  sinceHealed: number;
  change: 'new' | 'grown' | 'shrunk' | null;
  /** Runs since the change. */
  changeAge: number;
  /** Runs in a row that a greater fault has covered it. */
  covered: number;
  sightings: number;
  /** Seen, but not yet confirmed. */
  pending: Sighting[];
  latest: Pick<Finding, 'confidence' | 'ratio' | 'score' | 'saliencyShare' | 'note'> & { model: string };
  acknowledgedBy: string | null;
  shelf: Shelf | null;
  knownBad: boolean;
}

/** All that the next run is judged with: faults that are open, that healed a short while ago, and candidates. */
export interface Ledger {
  /** Newest run taken in; 0 before the first. */
  run: number;
  tracks: Track[];
}

/** Gives the next incident its number. */
export type Numbering = () => number;

export const emptyLedger: Ledger = { run: 0, tracks: [] };

export type ChangeName = 'opened' | 'reopened' | 'grown' | 'shrunk' | 'healed' | 'absorbed';

export interface Change {
  id: number;
  run: number;
  at: string;
  change: ChangeName;
  comment: string;
  /** The other incident that it speaks of; the comment ends with its number. */
  other?: number;
}

/** What a run or an act did beyond the new state of the ledger. */
export interface Effects {
  sightings: (Sighting & { id: number })[];
  changes: Change[];
  /** Incidents that became part of another. */
  merged: { id: number; into: number; run: number }[];
  /** Incidents that the ledger will not change any more, as they were left. */
  finished: Track[];
}

export function noEffects(): Effects {
  return { sightings: [], changes: [], merged: [], finished: [] };
}
