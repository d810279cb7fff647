import { layersPerSuperlayer } from '@dtdqm/contract';
import { median, sumOf } from '@dtdqm/contract/numbers';
import { addTo, halfOf, noCounts, type Counts, type Layout } from './counts.ts';
import type { Lost } from './lost.ts';
import type { Dispersions } from './search.ts';
import type { Stretch } from './stretches.ts';
import { fillIn, sumAt, unitsOf, type Unit } from './units.ts';

/** Hits that the siblings must let expect of a unit, and share of them below which it is dead: what died later has counted more, and is told. */
const leastExpected = 60;
const deadBelow = 0.1;

/**
 * Layers and half layers that have counted next to nothing since the run began, beside their siblings. It is not told, as it did not happen in the
 * run; but they are filled in by what the siblings counted, so that it is seen when they come back.
 */
export function findDeadFromStart(
  stretches: readonly Stretch[],
  layout: Layout,
  known: readonly Unit[],
  dispersions: Dispersions,
): Lost[] {
  const total = noCounts(layout.width);
  for (const { counts } of stretches) addTo(total, counts);
  const dead: Lost[] = [];
  for (const { unit, halves } of unitsOf(layout).layers) {
    if ([...known, ...dead].some(({ rows }) => rows.includes(unit.rows[0]!))) continue;
    const found = sumAt(total, halves);
    const expected = sumOf(halves, (half) => ofSiblings(total, half, layout));
    if (!(expected >= leastExpected && found < deadBelow * expected)) continue;
    const usual = total.slice();
    for (const half of halves) usual[half] = ofSiblings(total, half, layout);
    for (const stretch of stretches) {
      const level = sumOf(halves, (half) => ofSiblings(stretch.counts, half, layout)) / expected;
      fillIn(stretch.counts, unit, layout, usual, level);
      stretch.packed = undefined;
    }
    const dispersion = 1.5 * dispersions.layers;
    dead.push({ ...unit, kind: 'trip', ratio: found / expected, isSettled: true, dispersion, since: [] });
  }
  return dead;
}

/** Median of what the siblings of a half layer counted on the same side; 0 without siblings. */
function ofSiblings(counts: Counts, half: number, layout: Layout): number {
  const row = half >> 1;
  const siblings = unitsOf(layout).rows[Math.floor(row / layersPerSuperlayer)]!.filter(
    (other) => other !== row,
  );
  return siblings.length === 0
    ? 0
    : median(siblings.map((other) => counts[halfOf(other, (half % 2) as 0 | 1)]!));
}
