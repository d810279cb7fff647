import type { ListedRun, OccupancySource, RunQuery } from './source.ts';
import { createHash } from 'node:crypto';
import { type ChamberId, type Matrix, formatChamber } from '@dtdqm/contract';

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
 * @throws {DqmError} when the listing cannot be fetched, and what `known` throws.
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

/** What one fetch of a run brought, in short. */
export interface RunContent {
  /** Of all chambers and cells; equal content gives an equal hash in whatever order chambers came. */
  hash: string;
  /** Hits of all wires together. */
  hits: number;
}

/** What is remembered of a growing run between fetches; plain data, fit for a database column. */
export interface Stability extends RunContent {
  /** Fetches in a row, the last included, that brought the same content. */
  sameContent: number;
  /** Fetches in a row, the last included, that brought no more hits than the one before. */
  withoutGrowth: number;
}

export interface StabilityRule {
  sameContent: number;
  withoutGrowth: number;
}

/** The same content twice, or three fetches without a hit more (a chamber may come and go meanwhile). */
export const defaultStabilityRule: StabilityRule = { sameContent: 2, withoutGrowth: 3 };

/** Content of a run; `undefined` stands for a chamber that the source does not have. */
export function contentOf(chambers: Iterable<readonly [ChamberId, Matrix | undefined]>): RunContent {
  let hits = 0;
  const digests: string[] = [];
  for (const [chamber, matrix] of chambers) {
    if (!matrix) continue;
    for (const row of matrix) for (const cell of row) if (cell > 0) hits += cell;
    const digest = createHash('sha256').update(JSON.stringify(matrix)).digest('hex');
    digests.push(`${formatChamber(chamber)} ${digest}`);
  }
  const hash = createHash('sha256').update(digests.sort().join('\n')).digest('hex');
  return { hash, hits };
}

/** Adds a fetch to what is remembered of the run; `before` is undefined at the first fetch. */
export function observe(before: Stability | undefined, content: RunContent): Stability {
  const same = before?.hash === content.hash;
  const grew = before === undefined || content.hits > before.hits;
  return {
    ...content,
    sameContent: before && same ? before.sameContent + 1 : 1,
    withoutGrowth: before && !grew ? before.withoutGrowth + 1 : 1,
  };
}

/** Whether the run can be taken as final. */
export function isStable(stability: Stability, rule: StabilityRule = defaultStabilityRule): boolean {
  return stability.sameContent >= rule.sameContent || stability.withoutGrowth >= rule.withoutGrowth;
}
