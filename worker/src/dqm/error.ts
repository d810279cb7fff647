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

interface Subject {
  run?: number | undefined;
  chamber?: ChamberId | undefined;
}

/** What went wrong with one request to the DQM server; the message names run, chamber and cause. */
export class DqmError extends Error {
  override readonly name = 'DqmError';
  readonly code: DqmErrorCode;
  readonly run: number | undefined;
  readonly chamber: ChamberId | undefined;

  constructor(code: DqmErrorCode, reason: string, subject: Subject = {}, options?: ErrorOptions) {
    super([...describe(subject), reason].join(': '), options);
    this.code = code;
    this.run = subject.run;
    this.chamber = subject.chamber;
  }
}

function describe({ run, chamber }: Subject): string[] {
  const words = [
    ...(run === undefined ? [] : [`run ${run}`]),
    ...(chamber === undefined ? [] : [formatChamber(chamber)]),
  ];
  return words.length > 0 ? [words.join(' ')] : [];
}
