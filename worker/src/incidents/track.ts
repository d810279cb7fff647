import {
  hotKinds,
  type IncidentChange,
  type IncidentCondition,
  type IncidentKind,
  type RunSpan,
  type Severity,
  type Span,
} from '@dtdqm/contract';
import { cellsIn } from './spans.ts';

/**
 * Every number that decides when an incident opens, heals, grows or is the same as before, in one place. docs/incidents.md
 * tells them in words; bench/incidents measures what they do.
 */
export const rules = {
  /** A fault is opened once it shows in so many of the newest `openWindow` runs that could show it: one noisy run opens nothing. */
  openSightings: 2,
  openWindow: 3,
  /** A candidate that is missed so many times in a row is forgotten. */
  forgetAfter: 2,
  /** An open fault is healed after so many runs in a row that could have shown it and did not. */
  healAfter: 3,
  /** The same for one that has come and gone: its pauses say little. */
  healFlickeringAfter: 6,
  /** So many pauses among the newest `memory` runs are flickering. */
  flickerGaps: 2,
  memory: 12,
  /** What comes back within so many runs after it healed is the same incident. */
  reopenWithin: 10,

  /** A finding may be a known fault when they share so much of the smaller of both ... */
  sameOverlap: 0.3,
  /** ... and neither has so many times the other's wires: a dead chamber is not a dead cell that has grown. */
  sameSize: 4.5,
  /** So many bad layers of a superlayer's four have one cause. */
  superlayerLayers: 3,
  /** And so have layers of a superlayer whose bad wires share so much of the wider of both. */
  stackedShare: 0.6,
  /** A fault that lies so far inside a greater one can be neither seen nor missed. */
  coveredShare: 0.5,
  /** Covered for so many runs by a fault of like size, it has become part of that. */
  absorbAfter: 5,

  /** The median of the newest three losses against that when it was opened or last changed. */
  growFactor: 1.5,
  /** Wires lost; below, the factor is noise. */
  growLeast: 4,
  /** For so many runs an incident is said to be new, grown or shrunk. */
  tellRuns: 3,
  /** Fewer chambers judged than in the median of so many runs before, less those of a fall: the judge saw less of the detector. */
  coverageRuns: 10,
  /** What is counted is certain: a run that has the chambers again ends it. */
  coverageHealAfter: 1,
  /** Chambers not judged against those that somebody has answered for: fewer more are what short runs differ by. */
  coverageGrowFactor: 1.1,
  /** A run that cannot judge the layers of more than this share of a fault's wires says nothing of it. */
  blindShare: 0.5,

  /** Wires lost from which an incident is critical: about two whole layers of a chamber. */
  criticalLoss: 100,
  /** From which it is a warning: half a front-end board in all four layers, or eight cells that tracks lean on. */
  warningLoss: 8,
} as const;

/** How far a fault reaches in its layers: from wall to wall, half way from a wall, or less. */
export const extents = ['whole', 'half', 'part'] as const;
export type Extent = (typeof extents)[number];

/** What the watch over a run in progress told of a loss in it. */
export interface InRun {
  began: RunSpan;
  /** When its hits came back; null when they did not. */
  ended: RunSpan | null;
  /** It crept, or came and went. */
  how: 'tripped' | 'sank' | 'flickers';
}

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
  /** Set when it happened while the run was taken: such a finding is certain at once. */
  inRun?: InRun;
  /** Chambers fewer judged than before, of a finding of kind `coverage`, which is about no wire. */
  missing?: number;
}

/** Stands for a chamber where the whole detector is meant. */
export const wholeDetector = 'detector';

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
  /** Chambers that were judged; null while the run may well get more of them: it is young and not over. */
  judged: number | null;
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
  /** What is told of it, with hysteresis: see lifecycle.ts. */
  stated: View;
  /** Loss that growth is measured from. */
  reference: number;
  /** Of kind `coverage`: chambers that were not judged then; absent before it is known. */
  notJudged?: string[];
  firstRun: number;
  lastRun: number;
  /** When in `firstRun` it began, where the counts of that run tell. */
  began?: RunSpan | null;
  /** When in `healedRun` its hits came back, where that is why it healed. */
  ended?: RunSpan | null;
  openedRun: number;
  openedAt: string;
  healedRun: number | null;
  healedAt: string | null;
  /** Runs that could show it since it healed. */
  sinceHealed: number;
  /** What is said of an open one beside that it stands. */
  change: Exclude<IncidentCondition, 'open' | 'healed'> | null;
  /** Runs since the change. */
  changeAge: number;
  /** Runs in a row that a greater fault has covered it. */
  covered: number;
  sightings: number;
  /** Seen, but not yet confirmed. */
  pending: Sighting[];
  latest: Pick<Finding, 'confidence' | 'ratio' | 'score' | 'saliencyShare' | 'note'> & {
    model: string;
    /** It came and went while a run was taken. */
    flickers?: boolean;
  };
  acknowledgedBy: string | null;
  shelf: Shelf | null;
  knownBad: boolean;
}

/** All that the next run is judged with: faults that are open, that healed a short while ago, and candidates. */
export interface Ledger {
  /** Newest run taken in; 0 before the first. */
  run: number;
  tracks: Track[];
  /** Chambers judged in the newest runs that were no fall of coverage, newest last. */
  judged: number[];
}

/** Gives the next incident its number. */
export type Numbering = () => number;

export const emptyLedger: Ledger = { run: 0, tracks: [], judged: [] };

export interface Change {
  id: number;
  run: number;
  at: string;
  change: IncidentChange;
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

/** Notes what a run did to an incident. */
export function recordChange(
  effects: Effects,
  { id }: Track,
  { run, at }: RunFindings,
  change: Change['change'],
  more: Partial<Pick<Change, 'comment' | 'other'>> = {},
): void {
  effects.changes.push({ id, run, at, change, comment: '', ...more });
}

/** How bad an incident is: by the wires lost, whatever took them. */
export function severityOf(kind: IncidentKind, lost: number): Severity {
  if (kind === 'coverage') return 'warning';
  if (kind === 'dead-chamber' || lost >= rules.criticalLoss) return 'critical';
  // What the detector calls bad without saying why deserves a look, however little seems to be missing.
  return lost >= rules.warningLoss || kind === 'unnamed' ? 'warning' : 'info';
}

/** What becomes part of a fault may have begun before it. */
export function beginWith(track: Track, part: Pick<Track, 'firstRun' | 'began'>): void {
  if (part.firstRun >= track.firstRun) return;
  track.firstRun = part.firstRun;
  track.began = part.began ?? null;
}

/** Runs in a row, the newest first, that did not show it. */
export function missesIn(recent: readonly boolean[]): number {
  return recent.length - 1 - recent.lastIndexOf(true);
}

/** It has gone and come back at least twice. */
export function flickers(recent: readonly boolean[]): boolean {
  const gaps = recent.filter((seen, index) => seen && recent[index - 1] === false).length;
  return gaps >= rules.flickerGaps;
}

const countTooMuch: readonly IncidentKind[] = ['noisy-cell', ...hotKinds];

/** What counts too much is another thing than what counts too little, also at the same wire. */
export function isNoise({ kind }: Pick<Finding, 'kind'>): boolean {
  return countTooMuch.includes(kind);
}

/** Wires lost to a finding, or chambers. One that counts too much is as lost as one that counts nothing. */
export function lostIn({
  kind,
  spans,
  ratio,
  missing: chambers,
}: Pick<Finding, 'kind' | 'spans' | 'ratio' | 'missing'>): number {
  if (chambers !== undefined) return chambers;
  const missing = kind === 'noisy-cell' || ratio === null ? 1 : Math.max(0, 1 - ratio);
  return cellsIn(spans) * missing;
}
