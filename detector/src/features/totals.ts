/** Sums over a layer, with spikes held down. */
export interface Totals {
  found: number;
  expected: number;
  /** The worst spike: its wire (-1 none) and height in standard deviations above four. */
  spikeWire: number;
  spike: number;
}

/** A cell counts at most this many times what is expected of it, and a few hits. */
const held = 2;
const heldHits = 4;
/** Spikes below this many standard deviations are none. */
const spikeFrom = 4;

export function noTotals(): Totals {
  return { found: 0, expected: 0, spikeWire: -1, spike: 0 };
}

export function addUp(hits: Float64Array, expected: Float64Array, dispersion: number, into: Totals): void {
  let found = 0;
  let sum = 0;
  let spike = 0;
  let spikeWire = -1;
  for (let wire = 0; wire < hits.length; wire++) {
    const own = hits[wire]!;
    const wanted = expected[wire]!;
    const limit = held * wanted + heldHits;
    sum += wanted;
    if (own < limit) found += own;
    else {
      found += limit;
      const height = (own - wanted) / Math.sqrt(dispersion * (wanted > 0 ? wanted : 0) + 1) - spikeFrom;
      if (height > spike) {
        spike = height;
        spikeWire = wire;
      }
    }
  }
  into.found = found;
  into.expected = sum;
  into.spike = spike;
  into.spikeWire = spikeWire;
}

export function logRatio(found: number, expected: number): number {
  return Math.log((positive(found) + 0.5) / (positive(expected) + 0.5));
}

/** Saliency adds noise to hits, which may take sums below 0. */
export function positive(value: number): number {
  return value > 0 ? value : 0;
}

/** Takes gradients by the two sums on to hits and expectations, added to. */
export function pullTotals(
  hits: Float64Array,
  expected: Float64Array,
  perFound: number,
  perExpected: number,
  hitsInto: Float64Array,
  expectedInto: Float64Array,
): void {
  for (let wire = 0; wire < hits.length; wire++) {
    const isHeld = hits[wire]! >= held * expected[wire]! + heldHits;
    if (!isHeld) hitsInto[wire]! += perFound;
    expectedInto[wire]! += perExpected + (isHeld ? held * perFound : 0);
  }
}
