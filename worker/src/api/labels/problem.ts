import { labelErrorIds } from '@dtdqm/contract';
import { LabelConflictError, LabelError, type LabelErrorId } from '../../storage/labels/error.ts';
import { Problem } from '../problem.ts';

const statuses: Record<LabelErrorId, number> = {
  'not-found': 404,
  [labelErrorIds.conflict]: 409,
  [labelErrorIds.alreadyUndone]: 409,
  [labelErrorIds.leaseLost]: 409,
  [labelErrorIds.idempotencyKeyReused]: 422,
  [labelErrorIds.notYours]: 403,
};

/** Answers what the label store refuses; a conflict with both versions. */
export async function answerLabelErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LabelError)) throw error;
    throw new Problem(statuses[error.id], error.id, error.message, {
      cause: error,
      ...(error instanceof LabelConflictError ? { extra: { conflict: error.conflict } } : {}),
    });
  }
}
