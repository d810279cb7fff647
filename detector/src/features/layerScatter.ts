import { quantile } from './quantile.ts';
import type { SuperlayerView } from './superlayerView.ts';
import { addUp, logRatio, noTotals } from './totals.ts';

const totals = noTotals();
const distances = new Float64Array(12);

/** How far the layers of a chamber lie from what their siblings let expect: median magnitude of the logarithm of the ratio. */
export function layerScatterOf(superlayers: readonly (SuperlayerView | null)[]): number {
  let count = 0;
  for (const view of superlayers) {
    if (!view) continue;
    for (let own = 0; own < 4; own++) {
      addUp(view.layers[own]!, view.siblings[own]!, 1, totals);
      distances[count++] = Math.abs(logRatio(totals.found, totals.expected));
    }
  }
  return quantile(distances, count, 0.5);
}
