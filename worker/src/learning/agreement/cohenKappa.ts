import { chanceCorrected } from './chanceCorrected.ts';
import type { UnitRatings } from './ratings.ts';

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

/** Adds `other` to `table`, in place. */
export function addPairTable(table: PairTable, other: PairTable): void {
  other.forEach((row, first) => {
    const sums = table[first] as number[];
    row.forEach((count, second) => (sums[second] = (sums[second] ?? 0) + count));
  });
}

/**
 * Cohen's kappa of two raters, from {@link pairTable}.
 *
 * Source: J. Cohen, Educational and Psychological Measurement 20 (1960) 37.
 */
export function cohenKappa(table: PairTable): number | null {
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const units = rows.reduce((sum, count) => sum + count, 0);
  if (units === 0) return null;
  const columns = table.map((_, column) => table.reduce((sum, row) => sum + (row[column] ?? 0), 0));
  const observed = table.reduce((sum, row, index) => sum + (row[index] ?? 0), 0) / units;
  const expected = rows.reduce((sum, count, index) => sum + count * (columns[index] ?? 0), 0) / units ** 2;
  return chanceCorrected(observed, expected);
}
