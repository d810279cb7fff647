import { formatChamber, matrixSchema, noWire, rowsPerChamber } from '@dtdqm/contract';
import type { ScorerInput } from './scorer.ts';

/** @throws {RangeError} when a matrix is not one; the message names the chamber, the field and the rule. */
export function validateInputs(inputs: readonly ScorerInput[]): void {
  for (const { chamber, matrix, history = [], exposures } of inputs) {
    refuse(`${formatChamber(chamber)}: matrix`, matrix);
    history.forEach((past, index) => refuse(`${formatChamber(chamber)}: history.${index}`, past));
    if (exposures && !areExposures(exposures, history.length)) {
      throw new RangeError(
        `${formatChamber(chamber)}: exposures must hold one number above 0 for each matrix of the history`,
      );
    }
  }
}

function areExposures(exposures: readonly number[], count: number): boolean {
  return exposures.length === count && exposures.every((value) => Number.isFinite(value) && value > 0);
}

function refuse(subject: string, matrix: unknown): void {
  if (isMatrix(matrix)) return;
  const parsed = matrixSchema.safeParse(matrix);
  if (parsed.success) return;
  const faults = parsed.error.issues.map(({ path, message }) =>
    [path.map((index) => `[${String(index)}]`).join(''), message].join(' ').trim(),
  );
  throw new RangeError(`${subject} ${faults.slice(0, 3).join('; ')}`);
}

/** Quickly passes what is surely a matrix: the schema, which knows what to say of others, takes longer than scoring. */
function isMatrix(matrix: unknown): boolean {
  if (!Array.isArray(matrix) || matrix.length !== rowsPerChamber) return false;
  const width = (matrix[0] as unknown[] | undefined)?.length ?? 0;
  return (
    width > 0 &&
    width <= ordinaryWidth &&
    matrix.every((row: unknown) => Array.isArray(row) && row.length === width && row.every(isHits))
  );
}

const isHits = (hits: unknown) => Number.isSafeInteger(hits) && (hits as number) >= noWire;
/** The widest row of the detector has 96 cells; what is wider goes the slow way. */
const ordinaryWidth = 100;
