/** What counting allows to say of hits found where others were expected: noise must not get a colour. */

/** From how many standard deviations on a count is not by chance: of 50 wires x 300 slices 40 in a run would be at 3, one is at 4. */
const certainFrom = 4;

/**
 * Standard deviations between a count and what was expected, of either sign: Anscombe's transform, good from a few hits on.
 *
 * @param elsewhere counts that the expectation follows from. In a run that has just begun they are as few as those of the slice.
 */
function deviation(hits: number, expected: number, elsewhere = Infinity): number {
  const distance = 2 * (Math.sqrt(hits + 3 / 8) - Math.sqrt(expected + 3 / 8));
  return distance / Math.sqrt(1 + expected / Math.max(1, elsewhere));
}

/** So few are expected that even no hit at all would say nothing. */
export function isTooFew(expected: number): boolean {
  return deviation(0, expected) > -certainFrom;
}

/** Healthy layers differ by some 3 % beside what counting allows; a tenth is nothing to look at. */
const likeOthers = 0.1;

/**
 * log2 of hits over hits expected: 0 where it is within what counting allows or a tenth of 1. At most `reach` from 0.
 *
 * @param elsewhere counts that `expected` follows from.
 * @returns null where too few are expected for anything to be said.
 */
export function tintOf(hits: number, expected: number, reach: number, elsewhere: number): number | null {
  if (isTooFew(expected)) return null;
  const ratio = hits / expected;
  if (Math.abs(deviation(hits, expected, elsewhere)) < certainFrom || Math.abs(ratio - 1) < likeOthers)
    return 0;
  return Math.min(reach, Math.max(-reach, Math.log2(Math.max(ratio, 1e-3))));
}
