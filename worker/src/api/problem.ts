import type { ErrorBody } from '@dtdqm/contract';

type Details = NonNullable<ErrorBody['error']['details']>;

interface ProblemOptions extends ErrorOptions {
  details?: Details;
  headers?: Record<string, string>;
  /** Stands beside id and message in the answer, e.g. both versions of a conflict. */
  extra?: Record<string, unknown>;
}

/** A refusal that the client shall read: thrown by handlers and middleware, answered by http/errors.ts. */
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
