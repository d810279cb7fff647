import type { ListedRun, RunQuery } from '../dqm/source.ts';
import { locks, withAdvisoryLock } from '../storage/advisoryLocks.ts';
import { requestFetch, requestLeftRuns } from '../storage/jobs.ts';
import { recordDiscovery, runsToLookAt, secondsSinceDiscovery } from '../storage/runs.ts';
import type { PipelineContext } from './events.ts';

export interface DiscoveryOptions {
  /** Which runs to look for. */
  query: RunQuery;
  /** Does nothing when any worker has looked within so many seconds: all of them look by the same schedule. */
  notWithinSeconds?: number;
}

/**
 * Asks the source for runs and requests those that are new or due for another look (see runLife.ts). Does nothing while another
 * worker asks.
 *
 * @throws {DqmError} when the runs cannot be listed.
 */
export async function discover(
  { database, source, events, log }: Pick<PipelineContext, 'database' | 'source' | 'events' | 'log'>,
  { query, notWithinSeconds = 0 }: DiscoveryOptions,
  signal: AbortSignal,
): Promise<void> {
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
    const listed = await source.listRuns(query, signal).catch(async (error: unknown) => {
      if (!signal.aborted) {
        await recordDiscovery(database, seconds(), 'failed').catch(() => undefined);
        // What is stored does not depend on the listing.
        await request([]).catch(() => undefined);
      }
      throw error;
    });
    await request(listed);
    await recordDiscovery(database, seconds(), 'completed');
  });
}
