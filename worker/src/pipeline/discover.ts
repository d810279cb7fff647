import { discoverRuns } from '../dqm/discovery.ts';
import type { RunQuery } from '../dqm/source.ts';
import { locks, withAdvisoryLock } from '../storage/advisoryLocks.ts';
import { requestFetch, requestLeftRuns } from '../storage/jobs.ts';
import { knownRuns, recordDiscovery, secondsSinceDiscovery, type RefetchRule } from '../storage/runs.ts';
import type { PipelineContext } from './events.ts';

export interface DiscoveryOptions {
  /** Which runs to look for. */
  query: RunQuery;
  refetch: RefetchRule;
  /** Does nothing when any worker has looked within so many seconds: all of them look by the same schedule. */
  notWithinSeconds?: number;
}

/**
 * Asks the source for runs and requests those that must be fetched. Does nothing while another worker asks.
 *
 * @throws {DqmError} when the runs cannot be listed.
 */
export async function discover(
  { database, source, events, log }: Pick<PipelineContext, 'database' | 'source' | 'events' | 'log'>,
  { query, refetch, notWithinSeconds = 0 }: DiscoveryOptions,
  signal: AbortSignal,
): Promise<void> {
  await withAdvisoryLock(database, locks.discovery, async () => {
    if (((await secondsSinceDiscovery(database)) ?? Infinity) < notWithinSeconds) return;
    await requestLeftRuns(database);
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    const known = (listed: readonly { run: number }[]) =>
      knownRuns(
        database,
        listed.map(({ run }) => run),
        refetch,
      );
    const found = await discoverRuns(source, query, known, { signal }).catch(async (error: unknown) => {
      if (!signal.aborted) await recordDiscovery(database, seconds(), 'failed').catch(() => undefined);
      throw error;
    });
    // A run that is first seen with a newer one beside it is over. One that we watched growing may still get its last
    // lumisections when the next has begun, so only its staying the same ends it.
    const requests = found.map(({ run, dataset, why, newest }) => ({
      run,
      dataset,
      ended: why === 'new' && !newest,
    }));
    if (requests.length > 0) await requestFetch(database, requests);
    await recordDiscovery(database, seconds(), 'completed');
    if (found.length === 0) return;
    log.info({ runs: found.length, newest: found[0]?.run }, 'runs to fetch');
    events.announce({ type: 'discovered', runs: found.map(({ run }) => run) });
  });
}
