/** Category (0..categories-1) that a rater gave a unit; null where the rater said nothing. */
export type Rating = number | null;

/** What was said of one unit, one entry a rater. */
export type UnitRatings = readonly Rating[];

/**
 * Sums over units from which every coefficient for any number of raters follows. Because they only add up,
 * a bootstrap resample is a sum of such sums and needs no second pass over the ratings.
 */
export interface RatingSums {
  /** Units with at least one rating, and with at least two. */
  rated: number;
  paired: number;
  /** Over paired units: the share of rater pairs that agree. */
  agreement: number;
  /** Per category, over rated units: the share of the unit's ratings in the category. */
  shares: number[];
  /** Per category, over paired units: ratings. */
  counts: number[];
  /** Over paired units: ordered pairs of equal ratings, each unit's divided by (ratings - 1). */
  coincidences: number;
}

export function noRatings(categories: number): RatingSums {
  const zeros = () => Array.from({ length: categories }, () => 0);
  return { rated: 0, paired: 0, agreement: 0, shares: zeros(), counts: zeros(), coincidences: 0 };
}

/** Sums of any number of units. */
export function sumRatings(units: readonly UnitRatings[], categories: number): RatingSums {
  const sums = noRatings(categories);
  for (const unit of units) addUnit(sums, unit, categories);
  return sums;
}

function addUnit(sums: RatingSums, unit: UnitRatings, categories: number): void {
  const counts = countRatings(unit, categories);
  const ratings = counts.reduce((sum, count) => sum + count, 0);
  if (ratings === 0) return;
  sums.rated += 1;
  counts.forEach((count, category) => increase(sums.shares, category, count / ratings));
  if (ratings === 1) return;
  const equalPairs = counts.reduce((sum, count) => sum + count * (count - 1), 0);
  sums.paired += 1;
  sums.agreement += equalPairs / (ratings * (ratings - 1));
  sums.coincidences += equalPairs / (ratings - 1);
  counts.forEach((count, category) => increase(sums.counts, category, count));
}

function countRatings(unit: UnitRatings, categories: number): number[] {
  const counts = Array.from({ length: categories }, () => 0);
  for (const rating of unit) {
    if (rating === null) continue;
    if (!Number.isInteger(rating) || rating < 0 || rating >= categories) {
      throw new RangeError(`rating ${rating} must be a whole number from 0 to ${categories - 1}, or null`);
    }
    increase(counts, rating, 1);
  }
  return counts;
}

/** Adds `other` to `sums`, in place. */
export function addRatings(sums: RatingSums, other: RatingSums): void {
  sums.rated += other.rated;
  sums.paired += other.paired;
  sums.agreement += other.agreement;
  sums.coincidences += other.coincidences;
  other.shares.forEach((share, category) => increase(sums.shares, category, share));
  other.counts.forEach((count, category) => increase(sums.counts, category, count));
}

function increase(values: number[], index: number, by: number): void {
  values[index] = (values[index] ?? 0) + by;
}
