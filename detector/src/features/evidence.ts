/**
 * A level that a fault may bring cells to, and how much one cell can say for or against it, in nats. The clip makes
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
export const hotCells = hypothesis(2, 4);

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
 * Evidence in nats of the strongest stretches of one layer: what `cellEvidence` and `greatestStretch` give, without keeping
 * cells. These scans are much of what scoring a run takes, so they pass over cells that change nothing: where no stretch
 * is under way and the cell does not even speak for "low", which asks least, all sums stay at 0.
 */
interface LayerScan {
  dead: number;
  weak: number;
  low: number;
  /** Sum of all cells that speak for "dead", wherever they are. */
  deadAnywhere: number;
}

export function noScan(): LayerScan {
  return { dead: 0, weak: 0, low: 0, deadAnywhere: 0 };
}

/** Scans for stretches that are dead, weak or low against what is expected. */
export function scanLayer(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  into: LayerScan,
): void {
  const perHitDead = deadCells.perHit / dispersion;
  const perExpectedDead = deadCells.perExpected / dispersion;
  const perHitWeak = weakCells.perHit / dispersion;
  const perExpectedWeak = weakCells.perExpected / dispersion;
  const perHitLow = lowCells.perHit / dispersion;
  const perExpectedLow = lowCells.perExpected / dispersion;
  let dead = 0;
  let weak = 0;
  let low = 0;
  let deadAnywhere = 0;
  let sumDead = 0;
  let sumWeak = 0;
  let sumLow = 0;
  for (let cell = 0; cell < hits.length; cell++) {
    const found = hits[cell]!;
    const wanted = expected[cell]!;
    const ownDead = clipped(found * perHitDead + wanted * perExpectedDead, deadCells.clip);
    const ownWeak = clipped(found * perHitWeak + wanted * perExpectedWeak, weakCells.clip);
    const ownLow = clipped(found * perHitLow + wanted * perExpectedLow, lowCells.clip);
    deadAnywhere += positive(ownDead);
    sumDead = positive(sumDead + ownDead);
    sumWeak = positive(sumWeak + ownWeak);
    sumLow = positive(sumLow + ownLow);
    if (sumDead > dead) dead = sumDead;
    if (sumWeak > weak) weak = sumWeak;
    if (sumLow > low) low = sumLow;
  }
  into.dead = dead;
  into.weak = weak;
  into.low = low;
  into.deadAnywhere = deadAnywhere;
}

/**
 * Scans a layer's own cells, against the smooth profile of its superlayer, and its columns together. Nothing speaks for
 * both where nothing speaks for the columns, so a superlayer without such columns need not be scanned.
 *
 * @param columnDead evidence of each column, see `SuperlayerView`; so is `columnWeak`.
 */
export function scanJoint(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  columnDead: Float64Array,
  columnWeak: Float64Array,
  into: Pick<LayerScan, 'dead' | 'weak'>,
): void {
  const perHitDead = deadCells.perHit / dispersion;
  const perExpectedDead = deadCells.perExpected / dispersion;
  const perHitWeak = weakCells.perHit / dispersion;
  const perExpectedWeak = weakCells.perExpected / dispersion;
  let dead = 0;
  let weak = 0;
  let sumDead = 0;
  let sumWeak = 0;
  for (let cell = 0; cell < hits.length; cell++) {
    const byColumnDead = columnDead[cell]!;
    const byColumnWeak = columnWeak[cell]!;
    if (byColumnWeak <= 0 && byColumnDead <= 0 && sumDead === 0 && sumWeak === 0) continue;
    const found = hits[cell]!;
    const wanted = expected[cell]!;
    const ownDead = clipped(found * perHitDead + wanted * perExpectedDead, deadCells.clip);
    const ownWeak = clipped(found * perHitWeak + wanted * perExpectedWeak, weakCells.clip);
    sumDead = positive(sumDead + jointOf(byColumnDead, ownDead));
    sumWeak = positive(sumWeak + jointOf(byColumnWeak, ownWeak));
    if (sumDead > dead) dead = sumDead;
    if (sumWeak > weak) weak = sumWeak;
  }
  into.dead = dead;
  into.weak = weak;
}

/** How much a cell of the layer's own that does count takes from the evidence of its column. */
const veto = 2;

/**
 * Evidence of columns of all four layers, each spoken against where the layer's own cell does count.
 *
 * @param columns evidence of each column.
 * @param own evidence of each cell of the layer's own, see {@link cellEvidence}.
 */
export function jointEvidence(
  columns: Float64Array,
  own: Float64Array,
  count: number,
  into: Float64Array,
): void {
  for (let cell = 0; cell < count; cell++) into[cell] = jointOf(columns[cell]!, own[cell]!);
}

/** A column speaks against a layer only where the layer's own cell does not count. */
function jointOf(column: number, own: number): number {
  return own < 0 ? column + veto * own : column;
}

/** Within -most..most; as sums of magnitudes, since a jump that cannot be foretold costs more than all the arithmetic. */
function clipped(value: number, most: number): number {
  return 0.5 * (Math.abs(value + most) - Math.abs(value - most));
}

function positive(value: number): number {
  return 0.5 * (value + Math.abs(value));
}
