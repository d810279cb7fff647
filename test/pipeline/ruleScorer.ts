import { layersOf, noScore, noWire, wiresOf, type Verdict } from '@dtdqm/contract';
import type { ChamberVerdict, Scorer, ScorerInput } from '@dtdqm/detector';

/**
 * A scorer without a network: P(bad) is the share of a layer's wires without hits; a layer with half of them is bad.
 *
 * @returns with the batches that were to be explained, as runs are; slices of runs are not.
 */
export function ruleScorer(model = 'empty-wires@1.0.0'): Scorer & { batches: ScorerInput[][] } {
  const batches: ScorerInput[][] = [];
  return {
    model,
    saliencyMethods: ['occlusion'],
    backend: 'cpu',
    backendReason: 'a rule, for tests',
    batches,
    async score(chambers, { saliency = true } = {}) {
      if (saliency) batches.push([...chambers]);
      return chambers.map(judge);
    },
    steps: () => Promise.reject(new Error('a rule has no steps')),
    replaceModel: async () => undefined,
    close: async () => undefined,
  };
}

function judge({ chamber, matrix }: ScorerInput): ChamberVerdict {
  const wired = layersOf(chamber.station);
  const scores = matrix.map((row, index) => {
    const wires = wiresOf(row);
    return wired.includes(index + 1) ? wires.filter((hits) => hits === 0).length / wires.length : noScore;
  });
  const verdicts = scores.map((score): Verdict | null =>
    score === noScore ? null : score >= 0.5 ? 'bad' : 'good',
  );
  const layers = verdicts.flatMap((verdict, index) => (verdict === 'bad' ? [index + 1] : []));
  return {
    scores,
    verdicts,
    faults: layers.length > 0 ? [{ kind: 'dead-layer', layers, wires: null, confidence: 1 }] : [],
    saliency: matrix.map((row) => row.map((hits) => (hits === noWire ? noWire : hits === 0 ? 1 : 0))),
  };
}
