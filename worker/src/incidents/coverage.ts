import { rules, type Finding, type Ledger, type RunFindings } from './track.ts';

/**
 * Whether a run has fewer judged chambers than the runs before: a fault of the whole detector, or of what stands between it and us. Of a
 * chamber that is not judged nothing is known, which is no sign of health.
 *
 * @returns null where the run says nothing of it: it may get more chambers, or there is nothing to compare it with; and what later runs
 * are compared with. Runs of a fall do not count there: else it would heal by lasting.
 */
export function coverageOf(
  { judged: before }: Pick<Ledger, 'judged'>,
  { judged }: Pick<RunFindings, 'judged'>,
): { findings: Finding[] | null; judged: number[] } {
  if (judged === null) return { findings: null, judged: before };
  const usual = [...before].sort((a, b) => a - b)[Math.floor((before.length - 1) / 2)];
  if (usual === undefined || judged >= usual)
    return { findings: [], judged: [...before, judged].slice(-rules.coverageRuns) };
  const finding: Finding = {
    kind: 'coverage',
    spans: [],
    extent: 'whole',
    confidence: 1,
    ratio: judged / usual,
    score: null,
    saliencyShare: null,
    missing: usual - judged,
    note: `${judged} chambers judged, ${usual} before`,
  };
  return { findings: [finding], judged: before };
}
