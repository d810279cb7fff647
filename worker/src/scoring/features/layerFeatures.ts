import { noDeficit, scanDeficit, sumOf, type Deficit } from './deficit.ts';
import { deadCells, expectFromProfile, lowCells, weakCells, type SuperlayerView } from './superlayerView.ts';

/** What is known of the chamber around a layer. */
export interface LayerSurroundings {
  readonly view: SuperlayerView;
  /** Index 0..3 in the superlayer. */
  readonly own: number;
  /** Variance over mean of counts against siblings, at least 1. */
  readonly dispersion: number;
  /** Log of its superlayer's level over the highest and the lowest of the others; 0 when there is no other. */
  readonly belowHighest: number;
  readonly belowLowest: number;
  readonly levelError: number;
  readonly theta: boolean;
  readonly outermostStation: boolean;
  /** Expected hits per wire from recent good runs, scaled to this run; null when there are none. */
  readonly history: Float64Array | null;
}

const deficit = noDeficit();
const fromProfile = new Float64Array(512);
/** Systematic difference of siblings in healthy chambers, sd. */
const siblingSpread = 0.025;

/** Writes the features of one layer (see `featureNames`), starting at `into[at]`. */
export function writeLayerFeatures(around: LayerSurroundings, into: Float32Array, at: number): void {
  const { view, own, dispersion } = around;
  const hits = view.layers[own]!;
  const siblings = view.siblings[own]!;
  const wires = hits.length;
  let next = at;
  const push = (value: number) => (into[next++] = value);
  const pushDeficit = (found: Deficit) => {
    push(evidenceScale(found.evidence));
    push((found.last - found.first + 1) / wires);
    push(ratioOf(found.found, found.expected));
  };

  for (const level of [deadCells, weakCells, lowCells]) {
    scanDeficit(hits, siblings, dispersion, level, deficit);
    pushDeficit(deficit);
  }

  const { found, expected, singles, noise } = totals(hits, siblings, dispersion);
  const rate = Math.log((found + 0.5) / (expected + 0.5));
  const error = Math.sqrt(dispersion / (found + 1) + dispersion / (2 * expected + 1) + siblingSpread ** 2);
  push(clamp(2 * rate, -6, 3));
  push(clamp(rate / error / 4, -6, 3));
  push(clamp(5 * error, 0, 4));

  const profileExpected = fromProfile.subarray(0, wires);
  expectFromProfile(view, 1, profileExpected);
  for (const level of [deadCells, weakCells]) {
    scanDeficit(hits, profileExpected, Math.max(dispersion, view.columnDispersion / 2), level, deficit);
    pushDeficit(deficit);
  }

  for (const column of [view.columnDead, view.columnWeak]) {
    push(evidenceScale(column.evidence));
    push((column.last - column.first + 1) / view.columns.length);
    push(ratioOf(column.found, column.expected));
    const last = Math.min(column.last, wires - 1);
    push(ratioOf(sumOf(hits, column.first, last), sumOf(profileExpected, column.first, last)));
  }

  push(clamp(3 * around.belowHighest, -6, 3));
  push(clamp(3 * around.belowLowest, -6, 3));
  push(clamp(5 * around.levelError, 0, 4));
  push(clamp(3 * (around.belowHighest + rate), -6, 3));

  push(Math.log10(expected / wires + 0.1));
  push(Math.log(dispersion));
  push(Math.log(view.columnDispersion));
  push(wires / 50);
  push(around.theta ? 1 : 0);
  push(around.outermostStation ? 1 : 0);
  push(Math.min(singles, 6) / 2);
  push(Math.min(Math.log1p(noise), 5) / 2);

  const { history } = around;
  push(history ? 1 : 0);
  if (!history) {
    into.fill(0, next, next + 3);
    return;
  }
  scanDeficit(hits, history, dispersion, deadCells, deficit);
  push(evidenceScale(deficit.evidence));
  scanDeficit(hits, history, dispersion, weakCells, deficit);
  push(evidenceScale(deficit.evidence));
  const past = totals(hits, history, dispersion);
  push(clamp(2 * Math.log((past.found + 0.5) / (past.expected + 0.5)), -6, 3));
}

/** Evidence in dead cells, compressed: 4 dead cells are told from 2, 40 from 60 hardly. */
function evidenceScale(evidence: number): number {
  return Math.log1p(evidence / deadCells.clip);
}

/** Hits found over expected, pulled to 1 where little is expected, at most 2. */
function ratioOf(found: number, expected: number): number {
  return Math.min(2, (found + 0.5) / (expected + 0.5));
}

/** Sums of a layer with spikes held down, single cells that are out, and the worst spike's height in standard deviations. */
function totals(hits: Float64Array, expected: Float64Array, dispersion: number) {
  let found = 0;
  let sum = 0;
  let singles = 0;
  let noise = 0;
  for (let wire = 0; wire < hits.length; wire++) {
    const own = hits[wire]!;
    const wanted = expected[wire]!;
    const limit = 2 * wanted + 4;
    found += own < limit ? own : limit;
    sum += wanted;
    const sd = Math.sqrt(dispersion * wanted + 1);
    if (own < 0.3 * wanted && wanted - own > 3 * sd) singles += 1;
    const spike = (own - wanted) / sd - 4;
    if (spike > noise) noise = spike;
  }
  return { found, expected: sum, singles, noise };
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
