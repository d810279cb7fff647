import type { ListedRun, OccupancySource, RunQuery } from './source.ts';

/**
 * What we have of a run that the source lists. Runs we know nothing of are not in the map.
 * - `closed`: complete and final, never fetched again
 * - `busy`: being fetched now
 * - `growing`: fetched, but it may have more by now
 * - `failed`: fetched with faults, worth another try
 */
export type KnownState = 'closed' | 'busy' | 'growing' | 'failed';
export type KnownRuns = ReadonlyMap<number, KnownState>;

export interface RunToFetch extends ListedRun {
  why: 'new' | 'growing' | 'failed';
  /** The detector takes one run at a time, so of all runs only the newest listed can still be in progress. */
  newest: boolean;
}

/** Which of the listed runs to fetch now, newest first, at most `limit`; the order of the listing does not matter. */
export function chooseRuns(listed: readonly ListedRun[], known: KnownRuns, limit = Infinity): RunToFetch[] {
  const newestFirst = [...listed].sort((a, b) => b.run - a.run);
  const chosen: RunToFetch[] = [];
  for (const [index, listedRun] of newestFirst.entries()) {
    if (chosen.length >= limit) break;
    if (listedRun.run === newestFirst[index - 1]?.run) continue;
    const state = known.get(listedRun.run) ?? 'new';
    if (state === 'closed' || state === 'busy') continue;
    chosen.push({ ...listedRun, why: state, newest: listedRun.run === newestFirst[0]?.run });
  }
  return chosen;
}

/**
 * Asks the source what there is and storage what is known of it.
 *
 * @throws {DqmError} when the listing cannot be had, and what `known` throws.
 */
export async function discoverRuns(
  source: OccupancySource,
  query: RunQuery,
  known: (runs: readonly ListedRun[]) => KnownRuns | Promise<KnownRuns>,
  options: { limit?: number; signal?: AbortSignal } = {},
): Promise<RunToFetch[]> {
  const listed = await source.listRuns(query, options.signal);
  return chooseRuns(listed, await known(listed), options.limit);
}
