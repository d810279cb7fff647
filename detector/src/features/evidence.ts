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
 * Evidence in nats of the strongest stretch: what {@link cellEvidence} and {@link greatestStretch} give, without keeping cells. These
 * scans are much of what scoring a run takes, so they do without jumps that cannot be foretold, see {@link clipped}.
 */
export function strongestEvidence(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  { clip, ...nats }: Hypothesis,
): number {
  const perHit = nats.perHit / dispersion;
  const perExpected = nats.perExpected / dispersion;
  let strongest = 0;
  let sum = 0;
  for (let cell = 0; cell < hits.length; cell++) {
    sum = positive(sum + clipped(hits[cell]! * perHit + expected[cell]! * perExpected, clip));
    if (sum > strongest) strongest = sum;
  }
  return strongest;
}

/** Sum of the evidence of all cells that speak for a hypothesis, wherever they are. */
export function scatteredEvidence(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  { clip, ...nats }: Hypothesis,
): number {
  const perHit = nats.perHit / dispersion;
  const perExpected = nats.perExpected / dispersion;
  let sum = 0;
  for (let cell = 0; cell < hits.length; cell++) {
    sum += positive(clipped(hits[cell]! * perHit + expected[cell]! * perExpected, clip));
  }
  return sum;
}

/** How much a cell of the layer's own that does count takes from the evidence of its column. */
const veto = 2;

/**
 * Evidence of columns of all four layers, each spoken against where the layer's own cell does count.
 *
 * @param columns evidence of each column.
 */
export function jointEvidence(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  { clip, ...nats }: Hypothesis,
  columns: Float64Array,
  into: Float64Array,
): void {
  const perHit = nats.perHit / dispersion;
  const perExpected = nats.perExpected / dispersion;
  for (let cell = 0; cell < hits.length; cell++) {
    const own = clipped(hits[cell]! * perHit + expected[cell]! * perExpected, clip);
    into[cell] = own < 0 ? columns[cell]! + veto * own : columns[cell]!;
  }
}

/** Within -most..most; as sums of magnitudes, since a jump that cannot be foretold costs more than all the arithmetic. */
function clipped(value: number, most: number): number {
  return 0.5 * (Math.abs(value + most) - Math.abs(value - most));
}

function positive(value: number): number {
  return 0.5 * (value + Math.abs(value));
}

/**
 * Gradient of the evidence of cells `first..last`, times `gradient`, added to what hits and expectations have.
 *
 * @param evidence as {@link cellEvidence} made it: clipped cells pass nothing on.
 */
export function backpropCellEvidence(
  evidence: Float64Array,
  { first, last }: Pick<Stretch, 'first' | 'last'>,
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

/** The same of the cells of a layer's own that take from the {@link jointEvidence} of `stretch`. */
export function backpropVeto(
  evidence: Float64Array,
  stretch: Stretch,
  dispersion: number,
  level: Hypothesis,
  gradient: number,
  hitsInto: Float64Array,
  expectedInto: Float64Array,
): void {
  for (let cell = stretch.first; cell <= stretch.last; cell++) {
    if (evidence[cell]! >= 0) continue;
    const single = { first: cell, last: cell };
    backpropCellEvidence(evidence, single, dispersion, level, veto * gradient, hitsInto, expectedInto);
  }
}
