import { formatChamber, type ChamberId } from '@dtdqm/contract';

export type DqmErrorCode =
  | 'absent'
  | 'unreachable'
  | 'timeout'
  | 'refused-certificate'
  | 'not-authorised'
  | 'overloaded'
  | 'server-error'
  | 'login-page'
  | 'server-exception'
  | 'invalid-json'
  | 'wrong-shape'
  | 'circuit-open'
  | 'cancelled';

/** Troubles that may pass by themselves, so that asking again makes sense. */
const passing: readonly DqmErrorCode[] = [
  'unreachable',
  'timeout',
  'overloaded',
  'server-error',
  'server-exception',
  'invalid-json',
];

export interface Subject {
  run?: number | undefined;
  chamber?: ChamberId | undefined;
}

interface DqmErrorOptions extends ErrorOptions {
  /** Overrides what the code says about asking again. */
  mayPass?: boolean;
  /** How long the server asked us to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
}

/** What went wrong with one request to the DQM server; the message names run, chamber and cause. */
export class DqmError extends Error {
  override readonly name = 'DqmError';
  readonly code: DqmErrorCode;
  readonly run: number | undefined;
  readonly chamber: ChamberId | undefined;
  /** Whether the same request may succeed a little later. */
  readonly mayPass: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: DqmErrorCode, reason: string, subject: Subject = {}, options: DqmErrorOptions = {}) {
    super([...describe(subject), reason].join(': '), options);
    this.code = code;
    this.run = subject.run;
    this.chamber = subject.chamber;
    this.mayPass = options.mayPass ?? passing.includes(code);
    this.retryAfterMs = options.retryAfterMs;
  }
}

function describe({ run, chamber }: Subject): string[] {
  const words = [
    ...(run === undefined ? [] : [`run ${run}`]),
    ...(chamber === undefined ? [] : [formatChamber(chamber)]),
  ];
  return words.length > 0 ? [words.join(' ')] : [];
}
