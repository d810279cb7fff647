import { labelErrorIds, type ErrorBody } from '@dtdqm/contract';
import { ModelChoiceError } from '../learning/retrain/modelChoice.ts';
import { isConflict, isDatabaseUnavailable } from '../storage/connectionErrors.ts';
import { IncidentError, type IncidentErrorId } from '../storage/incidents/acts.ts';
import { LabelConflictError, LabelError, type LabelErrorId } from '../storage/labels/journal.ts';
import { UnclearFileError } from '../storage/labels/originalFile.ts';

type Details = NonNullable<ErrorBody['error']['details']>;

interface ProblemOptions extends ErrorOptions {
  details?: Details;
  headers?: Record<string, string>;
  /** Stands beside id and message in the answer, e.g. both versions of a conflict. */
  extra?: Record<string, unknown>;
}

/** A refusal that the client shall read: thrown by handlers and middleware, answered by errors.ts. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Stable: clients match on it. */
  readonly id: string;
  readonly details: Details | undefined;
  readonly headers: Record<string, string>;
  readonly extra: Record<string, unknown>;

  constructor(status: number, id: string, message: string, options: ProblemOptions = {}) {
    super(message, options);
    this.status = status;
    this.id = id;
    this.details = options.details;
    this.headers = options.headers ?? {};
    this.extra = options.extra ?? {};
  }

  /** The body of the answer. */
  toBody(): ErrorBody {
    const { id, message, details, extra } = this;
    return { error: { id, message, ...(details === undefined ? {} : { details }), ...extra } };
  }
}

export function notFound(message: string): Problem {
  return new Problem(404, 'not-found', message);
}

export function methodNotAllowed(
  { method, path }: { method: string; path: string },
  headers: Record<string, string> = {},
): Problem {
  return new Problem(405, 'method-not-allowed', `${path} does not know the method ${method}`, { headers });
}

/** What storage refuses, as HTTP has it. */
const statuses: Record<LabelErrorId | IncidentErrorId, number> = {
  'not-found': 404,
  merged: 409,
  'not-possible': 409,
  [labelErrorIds.conflict]: 409,
  [labelErrorIds.alreadyUndone]: 409,
  [labelErrorIds.leaseLost]: 409,
  [labelErrorIds.idempotencyKeyReused]: 422,
  [labelErrorIds.notYours]: 403,
};

const cancelledStatement = '57014';
/**
 * Data exceptions (class 22, but for a division by zero, which is ours) and broken checks: a value that a column has no place for. Schemas
 * refuse these first, with the field and the rule; this is for what none foresaw.
 */
const dataException = /^(22(?!012)...|23514)$/;

/** What the client shall read of an error that storage threw, a label's conflict with both versions; undefined when it is of another kind. */
export function storageProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const problem = (status: number, id: string, message: string, options: ProblemOptions = {}) =>
    new Problem(status, id, message, { cause: error, ...options });
  const later = (id: string, message: string, seconds: number) =>
    problem(503, id, message, { headers: { 'Retry-After': String(seconds) } });

  if (error instanceof LabelConflictError) {
    return problem(statuses[error.id], error.id, error.message, { extra: { conflict: error.conflict } });
  }
  if (error instanceof LabelError || error instanceof IncidentError) {
    return problem(statuses[error.id], error.id, error.message);
  }
  if (error instanceof UnclearFileError) return problem(422, 'unclear-file', error.message);
  if (error instanceof ModelChoiceError)
    return problem(error.id === 'model-not-chosen' ? 409 : 422, error.id, error.message);

  const code = 'code' in error ? String(error.code) : '';
  if (dataException.test(code))
    return problem(400, 'invalid-request', `a value cannot be stored: ${error.message}`);
  if (code === cancelledStatement) {
    return later('too-slow', 'the database took too long; ask for less, or try again later', 5);
  }
  if (isConflict(error))
    return later('too-busy', 'too many write here at the same moment; try again shortly', 1);
  if (isDatabaseUnavailable(error) || isPoolClosed(error)) {
    return later('database-unavailable', 'the database does not answer; try again shortly', 2);
  }
  return undefined;
}

/** What the pool says while the monitor stops; it has no code. */
function isPoolClosed({ message }: Error): boolean {
  return message.includes('pool after calling end');
}
