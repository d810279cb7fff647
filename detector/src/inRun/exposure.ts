import { median, sumOf } from '@dtdqm/contract/numbers';
import { ratesOf } from './stretches.ts';
import type { Watch } from './watch.ts';

/** Hits that tell the rate of a chamber well enough for a median, and chambers that tell that of a run. */
const leastHits = 50;
const leastChambers = 10;

/**
 * What a look at a run gave all chambers to count, as `exposure` of a look: hits over the rate of each chamber so far, the median of all, so that
 * neither noise nor what is lost in less than half of them counts. The unit is the first look with hits.
 *
 * @param chambers of the look, with their watches before it; each has counted since the look before.
 * @returns 0 without beam; null when too few chambers tell.
 */
export function exposureOf(
  chambers: readonly { readonly watch: Watch; readonly hits: number }[],
): number | null {
  if (chambers.length < leastChambers) return null;
  const before = chambers.flatMap(({ watch, hits }) => {
    const known = ratesOf(watch.stretches);
    return known === null || known.hits === 0 ? [] : [{ ...known, now: hits }];
  });
  if (before.length < leastChambers) return median(chambers.map(({ hits }) => hits)) > 0 ? 1 : 0;
  const sure = before.filter(({ hits }) => hits >= leastHits);
  if (sure.length >= before.length / 2)
    return median(sure.map(({ hits, exposure, now }) => now / (hits / exposure)));
  return sumOf(before, ({ now }) => now) / sumOf(before, ({ hits, exposure }) => hits / exposure);
}
