import { layersPerSuperlayer } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import type { ChamberView, SuperlayerView } from '../features/chamberView.ts';
import { dispersionOf } from '../features/dispersion.ts';
import { againstOthers } from '../features/features.ts';
import { atWires } from '../prepare/grid.ts';
import { healthyHits, liftOf, surelyDown } from './healthyBaseline.ts';
import type { Reference } from './regions.ts';

/** Scatter of a reference that is made of two siblings, over that of one layer. */
const siblingNoise = 1.3;
/** What wires of a healthy layer differ from their siblings by, and from their past (sd), however many hits there are. */
const siblingSpread = 0.02;
export const pastSpread = 0.03;

/** Siblings, or the profile where they lack the same, at the superlayer's own level; and the past. */
export function ownReferences(view: ChamberView, superlayer: SuperlayerView, row: number): Reference[] {
  const own = row % layersPerSuperlayer;
  const references = [
    {
      expected: levelHits(view, superlayer, row),
      variance: siblingNoise * view.dispersion,
      spread: siblingSpread,
    },
  ];
  const past = view.history?.expected[row];
  if (past && superlayer.layers[own])
    references.push({ expected: past, variance: pastVariance(view), spread: pastSpread });
  return references;
}

function levelHits(view: ChamberView, superlayer: SuperlayerView, row: number): Float64Array {
  const hits = healthyHits(view, row);
  const { belowHighest } = againstOthers(view, row >> 2);
  if (belowHighest < surelyDown)
    return atWires(superlayer.perLayer, superlayer.grid, row % layersPerSuperlayer);
  const lift = liftOf(belowHighest);
  return lift === 1 ? hits : hits.map((own) => own / lift);
}

/** Found once a chamber, and not for each of its layers. */
const pastVariances = new WeakMap<ChamberView, number>();

/** Room for the columns of three superlayers. */
const residuals = new Float64Array(1024);

/**
 * Variance over mean of what columns differ by from their past: all layers of a superlayer count the same muons, and the past was counted,
 * too. Superlayers that have sunk are taken at the level they have.
 */
export function pastVariance(view: ChamberView): number {
  const known = pastVariances.get(view);
  if (known !== undefined) return known;
  const { scale, columns } = view.history!;
  let count = 0;
  for (let index = 0; index < columns.length; index++) {
    const [found, past] = [view.superlayers[index]?.columns, columns[index]];
    if (!found || !past) continue;
    const level = sum(found) / Math.max(sum(past), 1);
    for (let column = 0; column < found.length && count < residuals.length; column++) {
      const expected = level * past[column]!;
      if (expected > 0) residuals[count++] = (found[column]! - expected) ** 2 / expected;
    }
  }
  const variance = Math.max(view.dispersion * (1 + scale), dispersionOf(residuals, count, 1));
  pastVariances.set(view, variance);
  return variance;
}
