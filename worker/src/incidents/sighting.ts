import { cellsIn, union, type Spans } from './spans.ts';
import type { Finding, Sighting, Track, View } from './track.ts';
import { blindShare } from './rules.ts';

/** All findings of one fault in one run, taken together. */
export function sightingOf(findings: readonly Finding[], run: number): Sighting {
  const spans = findings.reduce<Finding['spans']>((all, finding) => union(all, finding.spans), []);
  const cells = cellsIn(spans);
  const ratios = findings.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const lost = findings.reduce((sum, finding) => sum + lostIn(finding), 0);
  return {
    run,
    spans,
    cells,
    lost: Math.min(lost, cells),
    score: greatestScore(findings),
    ratio: ratios.length > 0 ? Math.min(...ratios) : null,
  };
}

/** How the fault looked, by the name of the surest of its findings. */
export function viewOf(findings: readonly Finding[], { spans, lost }: Sighting): View {
  const { kind, extent } = surest(findings);
  return { kind, extent, spans, lost };
}

/** What the surest of a fault's findings says of it. */
export function latestOf(findings: readonly Finding[], model: string): Track['latest'] {
  const { confidence, ratio, saliencyShare, note } = surest(findings);
  const score = greatestScore(findings);
  return { confidence, ratio, saliencyShare, score, model, ...(note === undefined ? {} : { note }) };
}

/** @throws {RangeError} when there is none. */
function surest(findings: readonly Finding[]): Finding {
  const [first, ...rest] = findings;
  if (first === undefined) throw new RangeError('a sighting needs a finding');
  return rest.reduce((best, finding) => (finding.confidence > best.confidence ? finding : best), first);
}

/** Whether a run that cannot judge these layers says nothing of wires there. */
export function isBlind(spans: Spans, blind: readonly number[]): boolean {
  const hidden = spans.filter(({ layer }) => blind.includes(layer));
  return cellsIn(hidden) > blindShare * cellsIn(spans);
}

/** Wires lost to a finding. One that counts too much is as lost as one that counts nothing. */
export function lostIn({ kind, spans, ratio }: Pick<Finding, 'kind' | 'spans' | 'ratio'>): number {
  const missing = kind === 'noisy-cell' || ratio === null ? 1 : Math.max(0, 1 - ratio);
  return cellsIn(spans) * missing;
}

function greatestScore(findings: readonly Finding[]): number | null {
  const scores = findings.flatMap(({ score }) => (score === null ? [] : [score]));
  return scores.length > 0 ? Math.max(...scores) : null;
}
