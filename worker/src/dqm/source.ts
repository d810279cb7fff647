import { type ChamberId, type DataSource, type Matrix, formatChamber } from '@dtdqm/contract';

export interface ListedRun {
  run: number;
  dataset: string;
}

export interface Listing {
  runs: ListedRun[];
  /** What is wrong with entries that were left out: one that is no run spoils itself and no other. */
  odd: string[];
}

export interface RunQuery {
  dataset: string;
  /** Inclusive bounds; open when absent. */
  firstRun?: number;
  lastRun?: number;
}

/** How far a run has come, as its `DT/EventInfo` tells; null where that is not published. */
export interface RunProgress {
  /** That events were taken in last, from 1. */
  lumisection: number | null;
  /** Time of the newest event in the histograms, milliseconds since 1970. */
  eventAt: number | null;
  /** When the run began, milliseconds since 1970, where the source tells it in the same answer; absent where it is to be asked for apart. */
  startedAt?: number | null;
}

/** A chamber as one fetch brought it. */
export type FetchedChamber = ChamberId &
  ({ state: 'present'; matrix: Matrix } | { state: 'absent' | 'failed'; reason: string });

/** Where occupancy comes from: one interface over both dialects of the DQM server. */
export interface OccupancySource {
  /**
   * Runs the source has, newest first. None at all is no error here: a source may be new.
   *
   * @throws {DqmError} when the listing cannot be fetched.
   */
  listRuns(query: RunQuery, signal?: AbortSignal): Promise<Listing>;

  /**
   * Hits per wire of one chamber: 12 rows, -1 where there is no wire. Of the run so far, or of one of its lumisections by itself.
   *
   * @throws {DqmError} with code `absent` when the source has no such histogram, else with what went wrong.
   */
  fetchChamber(
    run: ListedRun & { lumisection?: number },
    chamber: ChamberId,
    signal?: AbortSignal,
  ): Promise<Matrix>;

  /**
   * Lumisections of which the source has plots of their own, which {@link fetchChamber} can be asked for; none where it keeps none.
   *
   * @throws {DqmError} when the listing cannot be fetched.
   */
  listLumisections(run: ListedRun, signal?: AbortSignal): Promise<number[]>;

  /**
   * When a run began, milliseconds since 1970.
   *
   * @throws {DqmError} with code `absent` when the source does not say, else with what went wrong; what cannot be a start is `wrong-shape`.
   */
  fetchRunStart(run: ListedRun, signal?: AbortSignal): Promise<number>;

  /**
   * How far a run in progress has come.
   *
   * @throws {DqmError} when the source gives no answer; what it does not say, or what cannot be, is null.
   */
  fetchProgress(run: ListedRun, signal?: AbortSignal): Promise<RunProgress>;

  /**
   * What a run has where its histograms should be, in words, for a run that seems to have none: they may lie elsewhere.
   *
   * @throws {DqmError} when the source does not say.
   */
  whereHistograms(run: ListedRun, signal?: AbortSignal): Promise<string>;

  /** Where the hits come from, as the source's last answer had it. */
  origin(): DataSource;

  /**
   * Resolves when it makes sense to ask: at once, or after a while when the source has kept failing.
   *
   * @throws when `signal` aborts.
   */
  ready(signal?: AbortSignal): Promise<void>;

  close(): Promise<void>;
}

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
  | 'other-chamber'
  | 'empty-listing'
  | 'circuit-open'
  | 'cancelled';

/** Failures that may pass by themselves, so that asking again makes sense. */
const passing: readonly DqmErrorCode[] = [
  'unreachable',
  'timeout',
  'overloaded',
  'server-error',
  'server-exception',
  'invalid-json',
  // A gateway that restarts shows it once among 250 replies.
  'login-page',
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

/**
 * The first of some chambers of which a run has a histogram; undefined when it has none.
 *
 * @throws {DqmError} when one can't be had for another reason.
 */
export async function firstPresent(
  source: OccupancySource,
  run: ListedRun,
  chambers: readonly ChamberId[],
): Promise<ChamberId | undefined> {
  for (const chamber of chambers) {
    try {
      await source.fetchChamber(run, chamber);
      return chamber;
    } catch (error) {
      if (!(error instanceof DqmError) || error.code !== 'absent') throw error;
    }
  }
  return undefined;
}
