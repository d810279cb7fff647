import type { JudgedLayer } from './judgedLayers.ts';

/**
 * Prepares average precision (mean precision at the bad layers, by descending score, ties together) for many resamples of
 * whole clusters: the order is worked out once, each resample is one pass.
 *
 * @param clusters of each layer, from 0.
 * @returns takes how often each cluster counts (null: each once); gives null when no bad layer counts.
 */
export function averagePrecision(
  layers: readonly JudgedLayer[],
  clusters?: Int32Array,
): (weights: Float64Array | null) => number | null {
  const order = Int32Array.from(layers.keys()).sort((a, b) => layers[b]!.score - layers[a]!.score);
  const scores = Float64Array.from(order, (index) => layers[index]!.score);
  const isBad = Uint8Array.from(order, (index) => (layers[index]!.bad ? 1 : 0));
  const clusterOf = Int32Array.from(order, (index) => clusters?.[index] ?? 0);
  return (weights) => {
    let [bad, all, sum] = [0, 0, 0];
    for (let from = 0; from < scores.length;) {
      const score = scores[from]!;
      let tiedBad = 0;
      let to = from;
      for (; to < scores.length && scores[to] === score; to += 1) {
        const weight = weights === null ? 1 : weights[clusterOf[to]!]!;
        all += weight;
        if (isBad[to] === 1) tiedBad += weight;
      }
      bad += tiedBad;
      if (tiedBad > 0) sum += tiedBad * (bad / all);
      from = to;
    }
    return bad === 0 ? null : sum / bad;
  };
}
