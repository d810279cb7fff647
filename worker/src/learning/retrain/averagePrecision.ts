import type { JudgedLayer } from './judgedLayers.ts';

/** How often a chamber counts; 1 for all unless resampled. */
export type ChamberWeights = ReadonlyMap<number, number> | null;

/**
 * Prepares average precision (mean precision at the bad layers, by descending score, ties together) for many resamples of
 * whole chambers: the order is worked out once, each resample is one pass.
 *
 * @returns null for weights without a bad layer.
 */
export function averagePrecision(layers: readonly JudgedLayer[]): (weights: ChamberWeights) => number | null {
  const sorted = [...layers].sort((a, b) => b.score - a.score);
  return (weights) => {
    let [bad, all, sum] = [0, 0, 0];
    for (let from = 0; from < sorted.length;) {
      const { score } = sorted[from] as JudgedLayer;
      let tiedBad = 0;
      let to = from;
      for (; to < sorted.length && sorted[to]?.score === score; to += 1) {
        const layer = sorted[to] as JudgedLayer;
        const weight = weights === null ? 1 : (weights.get(layer.chamber) ?? 0);
        all += weight;
        if (layer.bad) tiedBad += weight;
      }
      bad += tiedBad;
      if (tiedBad > 0) sum += tiedBad * (bad / all);
      from = to;
    }
    return bad === 0 ? null : sum / bad;
  };
}
