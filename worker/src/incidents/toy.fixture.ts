import type { IncidentKind, Span } from '@dtdqm/contract';
import type { Finding, RunFindings } from './track.ts';

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
  };
}
