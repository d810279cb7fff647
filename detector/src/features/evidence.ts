/**
 * A level that a fault may leave cells at, and how much one cell can say for or against it, in nats. The clip makes
 * evidence count cells, not hits: a dead cell with 1,000 hits expected says no more than one with 6.
 */
export interface Hypothesis {
  readonly level: number;
  readonly clip: number;
  /** Nats for each hit that is found, and for each that is expected, at a dispersion of 1. */
  readonly perHit: number;
  readonly perExpected: number;
}

export const deadCells = hypothesis(0.03, 4);
export const weakCells = hypothesis(0.3, 3);
export const lowCells = hypothesis(0.65, 1.5);

function hypothesis(level: number, clip: number): Hypothesis {
  return { level, clip, perHit: Math.log(level), perExpected: 1 - level };
}

/** The stretch of neighbouring cells that speaks most for a hypothesis. Mutable: one object serves many scans. */
export interface Stretch {
  /** Sum of the cells' evidence, nats; 0 when nothing speaks for it. */
  evidence: number;
  /** Cells from 0, `last` included; first > last when there is none. */
  first: number;
  last: number;
}

export function noStretch(): Stretch {
  return { evidence: 0, first: 0, last: -1 };
}

/**
 * Evidence of every cell for "it counts `level` of what is expected" against "it is healthy": the Poisson
 * log-likelihood ratio, over the dispersion, clipped.
 *
 * @param dispersion variance over mean of healthy counts, at least 1.
 */
export function cellEvidence(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  { clip, ...nats }: Hypothesis,
  into: Float64Array,
): void {
  const perHit = nats.perHit / dispersion;
  const perExpected = nats.perExpected / dispersion;
  for (let cell = 0; cell < hits.length; cell++) {
    const own = hits[cell]! * perHit + expected[cell]! * perExpected;
    into[cell] = own > clip ? clip : own < -clip ? -clip : own;
  }
}

/** The stretch with the greatest sum (Kadane's scan): no width has to be assumed. */
export function greatestStretch(evidence: Float64Array, cells: number, into: Stretch): void {
  let best = 0;
  let first = 0;
  let last = -1;
  let sum = 0;
  let start = 0;
  for (let cell = 0; cell < cells; cell++) {
    if (sum <= 0) {
      sum = evidence[cell]!;
      start = cell;
    } else sum += evidence[cell]!;
    if (sum > best) {
      best = sum;
      first = start;
      last = cell;
    }
  }
  into.evidence = best;
  into.first = first;
  into.last = last;
}

/**
 * Gradient of the evidence of cells `first..last`, times `gradient`, added to what hits and expectations have.
 *
 * @param evidence as {@link cellEvidence} made it: clipped cells pass nothing on.
 */
export function pullCellEvidence(
  evidence: Float64Array,
  { first, last }: Stretch,
  dispersion: number,
  { clip, ...nats }: Hypothesis,
  gradient: number,
  hitsInto: Float64Array,
  expectedInto: Float64Array,
): void {
  const perHit = (gradient * nats.perHit) / dispersion;
  const perExpected = (gradient * nats.perExpected) / dispersion;
  for (let cell = first; cell <= last; cell++) {
    if (evidence[cell]! >= clip || evidence[cell]! <= -clip) continue;
    hitsInto[cell]! += perHit;
    expectedInto[cell]! += perExpected;
  }
}
