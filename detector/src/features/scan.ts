import { deadCells, lowCells, weakCells } from './evidence.ts';

/**
 * Evidence in nats of the strongest stretches of one layer: what `cellEvidence` and `greatestStretch` give, without keeping
 * cells. These scans are much of what scoring a run takes, so they pass over cells that change nothing: where no stretch
 * is under way and the cell does not even speak for "low", which asks least, all sums stay at 0.
 */
export interface LayerScan {
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
    const ownDead = clip(found * perHitDead + wanted * perExpectedDead, deadCells.clip);
    const ownWeak = clip(found * perHitWeak + wanted * perExpectedWeak, weakCells.clip);
    const ownLow = clip(found * perHitLow + wanted * perExpectedLow, lowCells.clip);
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

export interface JointScan {
  dead: number;
  weak: number;
}

/**
 * Scans a layer's own cells, against the smooth profile of its superlayer, and its columns together. Nothing speaks for
 * both where nothing speaks for the columns, so a superlayer without such columns need not be scanned.
 *
 * @param columnDead evidence of each column, see `superlayerView.ts`; so is `columnWeak`.
 */
export function scanJoint(
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
  columnDead: Float64Array,
  columnWeak: Float64Array,
  into: JointScan,
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
    const ownDead = clip(found * perHitDead + wanted * perExpectedDead, deadCells.clip);
    const ownWeak = clip(found * perHitWeak + wanted * perExpectedWeak, weakCells.clip);
    sumDead = positive(sumDead + joint(byColumnDead, ownDead));
    sumWeak = positive(sumWeak + joint(byColumnWeak, ownWeak));
    if (sumDead > dead) dead = sumDead;
    if (sumWeak > weak) weak = sumWeak;
  }
  into.dead = dead;
  into.weak = weak;
}

/** How much a cell of the layer's own that does count takes from the evidence of its column. */
export const veto = 2;

/** A column speaks against a layer only where the layer's own cell does not count. */
export function joint(column: number, own: number): number {
  return own < 0 ? column + veto * own : column;
}

/** Within -most..most; as sums of magnitudes, since a jump that cannot be foretold costs more than all the arithmetic. */
function clip(value: number, most: number): number {
  return 0.5 * (Math.abs(value + most) - Math.abs(value - most));
}

function positive(value: number): number {
  return 0.5 * (value + Math.abs(value));
}
