import { DqmError, type ListedRun, type Listing, type RunQuery } from '../dqm/source.ts';
import { locks, withAdvisoryLock } from '../storage/advisoryLocks.ts';
import { requestFetch, requestLeftRuns } from '../storage/jobs.ts';
import { countHad, recordDiscovery, runsToLookAt, secondsSinceDiscovery } from '../storage/runs.ts';
import type { PipelineContext } from './events.ts';

export interface DiscoveryOptions {
  /** Which runs to look for. */
  query: RunQuery;
  /** Does nothing when any worker has looked within so many seconds: all of them look by the same schedule. */
  notWithinSeconds?: number;
}

/**
 * Runs that the source lists.
 *
 * @throws {DqmError} when they cannot be listed; empty-listing when there are none though some are stored: a server that has just
 * started, or lost its index, says nothing of its runs, and of a dataset with a slip of the pen in its name there never are any.
 */
export async function listRuns(
  { database, source }: Pick<PipelineContext, 'database' | 'source'>,
  query: RunQuery,
  signal: AbortSignal,
): Promise<Listing> {
  const listing = await source.listRuns(query, signal);
  if (listing.runs.length > 0) return listing;
  const [stored, elsewhere] = await Promise.all([
    countHad(database, query),
    countHad(database, { ...query, dataset: undefined }),
  ]);
  if (elsewhere === 0) return listing;
  throw new DqmError(
    'empty-listing',
    stored > 0
      ? `the DQM server lists no run of ${query.dataset}, of which ${stored} are stored; nothing is changed`
      : `the DQM server lists no run of ${query.dataset}, and none is stored: the ${elsewhere} that are stored are of other datasets; is DQM_DATASET right?`,
  );
}

/**
 * Asks the source for runs and requests those that are new or due for another look (see runLife.ts). Does nothing while another
 * worker asks.
 *
 * @returns what is wrong with entries that were left out; null when it did not ask.
 * @throws {DqmError} when the runs cannot be listed.
 */
export async function discover(
  context: Pick<PipelineContext, 'database' | 'source' | 'events' | 'log'>,
  { query, notWithinSeconds = 0 }: DiscoveryOptions,
  signal: AbortSignal,
): Promise<string[] | null> {
  const { database, events, log } = context;
  let odd: string[] | null = null;
  await withAdvisoryLock(database, locks.discovery, async () => {
    if (((await secondsSinceDiscovery(database)) ?? Infinity) < notWithinSeconds) return;
    await requestLeftRuns(database);
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    const request = async (listed: readonly ListedRun[]) => {
      const found = await runsToLookAt(database, listed);
      if (found.length === 0) return;
      await requestFetch(database, found);
      log.info({ runs: found.length, newest: found[0]?.run }, 'runs to look at');
      events.announce({ type: 'discovered', runs: found.map(({ run }) => run) });
    };
    const listing = await listRuns(context, query, signal).catch(async (error: unknown) => {
      if (!signal.aborted) {
        await recordDiscovery(database, seconds(), 'failed').catch(() => undefined);
        if (error instanceof DqmError) events.announce({ type: 'listing', outcome: error.code, odd: 0 });
        // What is stored does not depend on the listing.
        await request([]).catch(() => undefined);
      }
      throw error;
    });
    odd = listing.odd;
    events.announce({ type: 'listing', outcome: 'completed', odd: odd.length });
    await request(listing.runs);
    await recordDiscovery(database, seconds(), 'completed');
  });
  return odd;
}
