import type { ErrorBody } from '@dtdqm/contract';
import { isConflict } from '../storage/connectionErrors.ts';

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

/** The server is gone, starting or full: SQLSTATE classes 08, 53 and 57P, and what the sockets say. */
const unavailable = /^(08...|53...|57P..|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND)$/;
const cancelledStatement = '57014';
/** A number beyond its column, a text with a NUL: schemas cannot foresee every such value. */
const unstorable = /^(22003|22021|22P05)$/;

/** What the client shall read when the database fails, or undefined when the error is of another kind. */
export function databaseProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  if (code === cancelledStatement) {
    return new Problem(503, 'too-slow', 'the database took too long; ask for less, or try again later', {
      cause: error,
      headers: { 'Retry-After': '5' },
    });
  }
  if (isConflict(error)) {
    return new Problem(503, 'too-busy', 'too many write here at the same moment; try again shortly', {
      cause: error,
      headers: { 'Retry-After': '1' },
    });
  }
  if (unstorable.test(code)) {
    return new Problem(400, 'invalid-request', `a value cannot be stored: ${error.message}`, {
      cause: error,
    });
  }
  // The pool's own errors have no code.
  const byMessage =
    /connection terminated|query read timeout|timeout exceeded when trying to connect|pool after calling end/i;
  if (!unavailable.test(code) && !byMessage.test(error.message)) return undefined;
  return new Problem(503, 'database-unavailable', 'the database does not answer; try again shortly', {
    cause: error,
    headers: { 'Retry-After': '2' },
  });
}
