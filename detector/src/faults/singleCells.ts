import type { Fault } from '@dtdqm/contract';
import type { Columns } from '../prepare/grid.ts';

/** How unlikely a dead or noisy cell must be by chance, as nats: 700 cells a chamber leave about one in 50 chambers. */
const surprise = 10;
/** Runs of dead cells longer than this are regions, and the layer is judged for them. */
const longestRun = 3;
const noisyFrom = 2;
const noisySd = 6;

/**
 * Dead cells (in runs of up to three) and noisy cells of one layer: listed, though no reason to call it bad.
 *
 * @param columns of the histogram, from 0, in which its wires stand.
 * @param expected hits per wire were the layer healthy.
 */
export function singleCellFaults(
  row: number,
  columns: Columns,
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
): Fault[] {
  const faults: Fault[] = [];
  addDeadRuns(faults, row, columns, hits, expected, dispersion);
  addNoisyCells(faults, row, columns, hits, expected, dispersion);
  return faults;
}

function addDeadRuns(
  faults: Fault[],
  row: number,
  columns: Columns,
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
): void {
  for (let first = 0; first < hits.length; first++) {
    if (!isDead(hits[first]!, expected[first]!)) continue;
    let last = first;
    let lacking = 0;
    while (last < hits.length && isDead(hits[last]!, expected[last]!)) lacking += expected[last++]!;
    const cells = last - first;
    if (cells <= longestRun && lacking / dispersion > surprise) {
      faults.push({
        kind: 'dead-cells',
        layers: [row + 1],
        wires: { first: columns[first]! + 1, last: columns[last - 1]! + 1 },
        confidence: confidenceOf(lacking / dispersion),
        ratio: 0,
      });
    }
    first = last;
  }
}

function isDead(hits: number, expected: number): boolean {
  return hits <= 0.03 * expected && expected > 0;
}

function addNoisyCells(
  faults: Fault[],
  row: number,
  columns: Columns,
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
): void {
  for (let wire = 0; wire < hits.length; wire++) {
    const found = hits[wire]!;
    const wanted = expected[wire]!;
    if (found < noisyFrom * wanted + 4) continue;
    const deviations = (found - wanted) / Math.sqrt(dispersion * wanted + 1);
    if (deviations < noisySd) continue;
    faults.push({
      kind: 'noisy-cell',
      layers: [row + 1],
      wires: { first: columns[wire]! + 1, last: columns[wire]! + 1 },
      confidence: confidenceOf(deviations * 2),
      ...(wanted > 0 ? { ratio: Math.round((100 * found) / wanted) / 100 } : {}),
    });
  }
}

function confidenceOf(nats: number): number {
  return Math.round(1000 * (1 - Math.exp(-nats / 5))) / 1000;
}
