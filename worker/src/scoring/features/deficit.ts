/** A stretch of neighbouring cells with fewer hits than expected. */
export interface Deficit {
  /** Evidence for it in nats, clipped per cell: the greatest sum over any stretch; 0 when there is none. */
  evidence: number;
  /** Cells from 0, `last` included; first > last when there is none. */
  first: number;
  last: number;
  /** Hits found in it and hits expected. */
  found: number;
  expected: number;
}

/**
 * A level that a fault may leave cells at, and how much one cell can say for or against it. The clip makes evidence count
 * cells, not hits: one dead cell with 1,000 hits expected says no more than one with 6.
 */
export interface Hypothesis {
  readonly level: number;
  readonly clip: number;
}

/**
 * The stretch that speaks most for "these cells are at `level` of what is expected" against "these are healthy":
 * Kadane's scan over Poisson log-likelihood ratios, so no width has to be assumed.
 *
 * @param dispersion variance over mean of healthy counts, at least 1.
 */
export function scanDeficit(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  { level, clip }: Hypothesis,
  into: Deficit,
): void {
  const logLevel = Math.log(level) / dispersion;
  const gain = (1 - level) / dispersion;
  let best = 0;
  let first = 0;
  let last = -1;
  let sum = 0;
  let start = 0;
  for (let cell = 0; cell < hits.length; cell++) {
    let own = hits[cell]! * logLevel + gain * expected[cell]!;
    if (own > clip) own = clip;
    else if (own < -clip) own = -clip;
    if (sum <= 0) {
      sum = own;
      start = cell;
    } else sum += own;
    if (sum > best) {
      best = sum;
      first = start;
      last = cell;
    }
  }
  into.evidence = best;
  into.first = first;
  into.last = last;
  into.found = sumOf(hits, first, last);
  into.expected = sumOf(expected, first, last);
}

export function sumOf(values: Float64Array, first: number, last: number): number {
  let sum = 0;
  for (let cell = first; cell <= last; cell++) sum += values[cell]!;
  return sum;
}

export function noDeficit(): Deficit {
  return { evidence: 0, first: 0, last: -1, found: 0, expected: 0 };
}
