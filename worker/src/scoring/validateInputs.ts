import { formatChamber, matrixSchema } from '@dtdqm/contract';
import type { ScorerInput } from './scorer.ts';

/** @throws {RangeError} when a matrix is not one; the message names the chamber, the field and the rule. */
export function validateInputs(inputs: readonly ScorerInput[]): void {
  for (const { chamber, matrix, history = [] } of inputs) {
    refuse(`${formatChamber(chamber)}: matrix`, matrix);
    history.forEach((past, index) => refuse(`${formatChamber(chamber)}: history.${index}`, past));
  }
}

function refuse(subject: string, matrix: unknown): void {
  const parsed = matrixSchema.safeParse(matrix);
  if (parsed.success) return;
  const faults = parsed.error.issues.map(({ path, message }) =>
    [...path, message].join('.').replace(/\.(?=must)/, ' '),
  );
  throw new RangeError(`${subject}: ${faults.slice(0, 3).join('; ')}`);
}
