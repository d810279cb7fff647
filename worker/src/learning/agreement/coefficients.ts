import { sum, sumOf } from '@dtdqm/contract/numbers';

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
  const ratings = sum(counts);
  if (ratings === 0) return;
  sums.rated += 1;
  counts.forEach((count, category) => increase(sums.shares, category, count / ratings));
  if (ratings === 1) return;
  const equalPairs = sumOf(counts, (count) => count * (count - 1));
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

/** Adds `other` to `sums` so many times, in place. */
export function addRatings(sums: RatingSums, other: RatingSums, times = 1): void {
  sums.rated += times * other.rated;
  sums.paired += times * other.paired;
  sums.agreement += times * other.agreement;
  sums.coincidences += times * other.coincidences;
  for (let category = 0; category < other.shares.length; category += 1) {
    increase(sums.shares, category, times * other.shares[category]!);
    increase(sums.counts, category, times * other.counts[category]!);
  }
}

function increase(values: number[], index: number, by: number): void {
  values[index] = (values[index] ?? 0) + by;
}

/** (observed - expected) / (1 - expected): 1 is perfect, 0 is chance; null where chance alone always agrees. */
export function chanceCorrected(observed: number | null, expected: number): number | null {
  if (observed === null || 1 - expected < 1e-12) return null;
  return (observed - expected) / (1 - expected);
}

/** Share of rater pairs that agree, averaged over units with at least two ratings, 0..1; null without such a unit. */
export function percentAgreement(sums: RatingSums): number | null {
  return sums.paired === 0 ? null : sums.agreement / sums.paired;
}

/** How often the first rater said the row's category and the second the column's. */
export type PairTable = number[][];

/** Counts the units that both raters (entries 0 and 1) judged. */
export function pairTable(units: readonly UnitRatings[], categories: number): PairTable {
  const table = Array.from({ length: categories }, () => Array.from({ length: categories }, () => 0));
  for (const [first, second] of units) {
    const row = typeof first === 'number' ? table[first] : undefined;
    if (row === undefined || typeof second !== 'number') continue;
    row[second] = (row[second] ?? 0) + 1;
  }
  return table;
}

/** Adds `other` to `table` so many times, in place. */
export function addPairTable(table: PairTable, other: PairTable, times = 1): void {
  other.forEach((row, first) => {
    const sums = table[first] as number[];
    row.forEach((count, second) => (sums[second] = (sums[second] ?? 0) + times * count));
  });
}

/**
 * Cohen's kappa of two raters, from {@link pairTable}.
 *
 * Source: J. Cohen, Educational and Psychological Measurement 20 (1960) 37.
 */
export function cohenKappa(table: PairTable): number | null {
  const rows = table.map((row) => sum(row));
  const units = sum(rows);
  if (units === 0) return null;
  const columns = table.map((_, column) => sumOf(table, (row) => row[column] ?? 0));
  const observed = sumOf(table, (row, index) => row[index] ?? 0) / units;
  const expected = sumOf(rows, (count, index) => count * (columns[index] ?? 0)) / units ** 2;
  return chanceCorrected(observed, expected);
}

/**
 * Fleiss' kappa for any number of raters. Where units have unequal numbers of ratings, a category's chance
 * is the mean of its shares (Gwet, Handbook of Inter-Rater Reliability, 4th ed., ch. 2), which is Fleiss' own
 * formula when the numbers are equal.
 *
 * Source: J. L. Fleiss, Psychological Bulletin 76 (1971) 378.
 */
export function fleissKappa(sums: RatingSums): number | null {
  const expected = sumOf(sums.shares, (share) => (share / sums.rated) ** 2);
  return chanceCorrected(percentAgreement(sums), expected);
}

/**
 * Gwet's AC1: chance agreement stays small when nearly everything is one category, where kappa collapses.
 *
 * Source: K. L. Gwet, British Journal of Mathematical and Statistical Psychology 61 (2008) 29.
 */
export function gwetAc1(sums: RatingSums): number | null {
  const categories = sums.shares.length;
  const spread = sumOf(sums.shares, (share) => (share / sums.rated) * (1 - share / sums.rated));
  return chanceCorrected(percentAgreement(sums), spread / (categories - 1));
}

/**
 * Krippendorff's alpha for nominal data; takes any number of raters and missing ratings.
 *
 * Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011).
 */
export function krippendorffAlpha(sums: RatingSums): number | null {
  const ratings = sum(sums.counts);
  const possible = ratings ** 2 - sumOf(sums.counts, (count) => count ** 2);
  if (possible === 0) return null;
  return 1 - ((ratings - 1) * (ratings - sums.coincidences)) / possible;
}
