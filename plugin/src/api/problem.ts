import { errorSchema } from '@dtdqm/contract';

interface ProblemHelp {
  title: string;
  /** What to do about it, in plain words. */
  advice: string;
  /** The same request may succeed later without anybody doing anything. */
  isTransient?: boolean;
}

/** Ways in which a request can fail, as far as the person in front of it has to do something different. */
export const nextStep = {
  unreachable: {
    title: 'The monitor cannot be reached',
    advice:
      'Nothing is lost: answers wait in this browser and are sent when it is back. If it lasts, check that the API runs.',
    isTransient: true,
  },
  silent: {
    title: 'The monitor has told nothing new',
    advice:
      'What is shown is old: this computer slept, or something between browser and monitor answers with what it kept. It is asked again by itself.',
    isTransient: true,
  },
  unauthorised: {
    title: 'The monitor does not accept the token',
    advice: 'An administrator has to set the API token anew on the configuration page of the app.',
  },
  forbidden: {
    title: 'You may look, but not do this',
    advice:
      'Labelling needs the role Editor; fetching, deleting and choosing a model need Admin. Ask an administrator of this Grafana.',
  },
  'not-found': {
    title: 'There is no such chamber in this run',
    advice:
      'The run may have been deleted, or the source had no histogram for it. Choose another run or chamber.',
  },
  conflict: {
    title: 'Somebody else answered meanwhile',
    advice: 'Compare both answers below and choose which stands.',
  },
  refused: {
    title: 'The monitor refused the request',
    advice: 'The reason below names the field that is wrong.',
  },
  'too-many': {
    title: 'The monitor asks for a pause',
    advice: 'Too many requests in a short time. It goes on by itself in a moment.',
    isTransient: true,
  },
  unavailable: {
    title: 'The monitor is starting or its database is away',
    advice: 'It is tried again by itself. If it lasts, an operator should look at the state of the database.',
    isTransient: true,
  },
  server: {
    title: 'The monitor made a mistake',
    advice:
      'It is tried again by itself. The log of the API tells more; the text below helps to find the place.',
    isTransient: true,
  },
  unreadable: {
    title: 'The answer was not understood',
    advice: 'Plugin and API may be of different versions: an administrator should update both.',
    isTransient: true,
  },
} as const satisfies Record<string, ProblemHelp>;
export type ProblemKind = keyof typeof nextStep;

/** Why a request failed. `id` is the API's stable id of the error; `body` what it answered, for whoever can read more in it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly status: number;
  readonly id: string | null;
  /** Seconds after which the API asks to be tried again; null when it did not say. */
  readonly retryAfter: number | null;
  readonly body: unknown;

  constructor(
    kind: ProblemKind,
    message: string,
    parts: Partial<Pick<Problem, 'status' | 'id' | 'retryAfter' | 'body'>> = {},
  ) {
    super(message);
    this.kind = kind;
    this.status = parts.status ?? 0;
    this.id = parts.id ?? null;
    this.retryAfter = parts.retryAfter ?? null;
    this.body = parts.body ?? null;
  }

  /** True when the same request may succeed later without anybody doing anything. */
  get isTransient(): boolean {
    const help: ProblemHelp = nextStep[this.kind];
    return help.isTransient ?? false;
  }
}

const kindOfStatus: Record<number, ProblemKind> = {
  401: 'unauthorised',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  429: 'too-many',
  502: 'unreachable',
  503: 'unavailable',
  504: 'unreachable',
};

/** From an answer that is not a success. */
export function problemOf(status: number, body: unknown, retryAfter: string | null = null): Problem {
  const parsed = errorSchema.safeParse(body);
  const seconds = Number(retryAfter);
  const details = parsed.data?.error.details?.map(({ field, message }) => `${field}: ${message}`).join('; ');
  const message = [parsed.data?.error.message ?? `The API answered ${status}`, details]
    .filter(Boolean)
    .join(' - ');
  return new Problem(kindOfStatus[status] ?? (status >= 500 ? 'server' : 'refused'), message, {
    status,
    id: parsed.data?.error.id ?? null,
    retryAfter: retryAfter !== null && Number.isFinite(seconds) ? seconds : null,
    body,
  });
}

/** Anything thrown, as a Problem. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem('unreachable', thrown instanceof Error ? thrown.message : String(thrown));
}
