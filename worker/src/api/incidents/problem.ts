import { IncidentError, type IncidentErrorId } from '../../storage/incidents/error.ts';
import { Problem } from '../problem.ts';

const statuses: Record<IncidentErrorId, number> = {
  'not-found': 404,
  merged: 409,
  'not-possible': 409,
  'idempotency-key-reused': 422,
};

/** Answers what the ledger refuses. */
export async function answerIncidentErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof IncidentError)) throw error;
    throw new Problem(statuses[error.id], error.id, error.message, { cause: error });
  }
}
