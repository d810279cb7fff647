import type { ChamberId, Matrix } from '@dtdqm/contract';

export interface ListedRun {
  run: number;
  dataset: string;
}

export interface RunQuery {
  dataset: string;
  /** Inclusive bounds; open when absent. */
  firstRun?: number;
  lastRun?: number;
}

/** Where occupancy comes from: one interface over both dialects of the DQM server. */
export interface OccupancySource {
  /**
   * Runs the source has, newest first.
   *
   * @throws {DqmError} when the listing cannot be had.
   */
  listRuns(query: RunQuery, signal?: AbortSignal): Promise<ListedRun[]>;

  /**
   * Hits per wire of one chamber: 12 rows, -1 where there is no wire.
   *
   * @throws {DqmError} with code `absent` when the source has no such histogram, else with what went wrong.
   */
  fetchChamber(run: ListedRun, chamber: ChamberId, signal?: AbortSignal): Promise<Matrix>;

  /**
   * Resolves when it makes sense to ask: at once, or after a while when the source has kept failing.
   *
   * @throws when `signal` aborts.
   */
  ready(signal?: AbortSignal): Promise<void>;

  close(): Promise<void>;
}
