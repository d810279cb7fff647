import type { IncidentKind, Span } from '@dtdqm/contract';
import { createTrack } from './lifecycle.ts';
import { replay, type ReplayState } from './replay.ts';
import { emptyLedger, type Finding, type RunFindings, type Track } from './track.ts';

/** A finding with nothing particular about it. */
export function finding(spans: Span[], changes: Partial<Finding> = {}): Finding {
  return {
    kind: 'dead-region' satisfies IncidentKind,
    spans,
    extent: 'part',
    confidence: 0.9,
    ratio: 0,
    score: 0.9,
    saliencyShare: null,
    ...changes,
  };
}

export const chamber = 'W0_St1_Sec1';

/** A run that says this of one chamber. */
export function run(
  number: number,
  findings: readonly Finding[],
  blind: readonly number[] = [],
): RunFindings {
  return {
    run: number,
    at: new Date(number * 1000).toISOString(),
    model: 'toy@1.0.0',
    findings: new Map(findings.length > 0 ? [[chamber, findings]] : []),
    blind: new Map(blind.length > 0 ? [[chamber, blind]] : []),
    judged: null,
  };
}

export const start: ReplayState = { run: 0, ordinal: 0, ledger: emptyLedger, ahead: [] };

export function play(runs: readonly RunFindings[], from = start, acts: Parameters<typeof replay>[1] = []) {
  const work = replay(from, acts);
  for (const each of runs) work.take(each);
  return work.finish();
}

/** Incidents that these runs make, those first that the ledger need not follow any more. */
export function tracksAfter(runs: readonly RunFindings[], from = start): Track[] {
  const { states, effects } = play(runs, from);
  return [...effects.finished, ...(states.at(-1)?.ledger.tracks ?? [])].filter(
    ({ phase }) => phase !== 'candidate',
  );
}

export const layer9: Span[] = [{ layer: 9, first: 10, last: 20 }];
export const f = [finding(layer9)];

/** Runs 1, 2, 3, ... that show these. */
export const sequence = (...shows: (readonly Finding[])[]) =>
  shows.map((findings, at) => run(at + 1, findings));

/** An open incident at these wires, seen once. */
export function trackOf(spans: Span[], changes: Partial<Track> = {}): Track {
  const seen = createTrack(chamber, finding(spans), run(changes.firstRun ?? 1, []));
  return { ...seen, id: 1, phase: 'open', pending: [], sightings: 1, ...changes };
}
