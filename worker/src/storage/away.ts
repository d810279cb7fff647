import pg from 'pg';
import { StorageError } from './error.ts';

/** Connection exceptions, conflicts between transactions, lack of resources, operator intervention (PostgreSQL, appendix A). */
const passingClasses = ['08', '40', '53', '57'];
const passingCodes = ['25P03'];
const networkCodes = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH'];

/** Whether the database is away or busy, so that the same work may go well in a moment, rather than wrong in itself. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isDatabaseAway);
  if (!(error instanceof Error)) return false;
  if (error instanceof StorageError) return isDatabaseAway(error.cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) {
    return passingClasses.includes(code.slice(0, 2)) || passingCodes.includes(code);
  }
  // What pg says when the socket is gone has no code of its own.
  return (
    networkCodes.includes(code) ||
    isAnswerMissing(error) ||
    /^Connection terminated|^Client has encountered|timeout exceeded when trying/.test(error.message)
  );
}

/**
 * Whether somebody is there who answers soon: a server that starts, has no connection free, or hung up, other than a wrong
 * address or one where nobody listens.
 */
export function isAnsweredSoon(error: unknown): boolean {
  return isDatabaseAway(error) && (error instanceof pg.DatabaseError || isHungUp(error));
}

function isHungUp(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : '';
  return code === 'ECONNRESET' || code === 'EPIPE' || /^Connection terminated/.test(error.message);
}

/** Whether a statement was sent and no answer came in time: the connection must not be used again. */
export function isAnswerMissing(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}
