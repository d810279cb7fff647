import { z } from 'zod';
import { rowsPerChamber } from './detector.ts';

/** Value of a cell that has no wire; 0 is a wire without hits. */
export const noWire = -1;

/** Occupancy of one chamber: 12 rows (layer 1 first) of equal width, hits per wire, -1 where there is no wire. */
export type Matrix = number[][];

const widestRow = 200;

/** Exactly 12 rows, equally long, of whole numbers from -1 up. Every fault of a matrix is reported at once. */
export const matrixSchema: z.ZodType<Matrix> = z.array(z.array(z.number())).superRefine((rows, context) => {
  const fault = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  if (rows.length !== rowsPerChamber) {
    fault([], `must have ${rowsPerChamber} rows, has ${rows.length}`);
    return;
  }
  const width = rows[0]?.length ?? 0;
  if (width < 1 || width > widestRow) fault([0], `must have 1 to ${widestRow} cells, has ${width}`);
  rows.forEach((row, index) => {
    if (row.length !== width) fault([index], `must be as long as row 0 (${width}), has ${row.length}`);
    const wrong = row.findIndex((hits) => !Number.isSafeInteger(hits) || hits < noWire);
    if (wrong >= 0) fault([index, wrong], `must be a whole number of hits or -1, is ${row[wrong]}`);
  });
});

/** Hits of the wires of one row, without the cells that have no wire. */
export function wiresOf(row: readonly number[]): number[] {
  return row.filter((hits) => hits !== noWire);
}
