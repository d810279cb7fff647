import { discoverRuns, type RunToFetch } from '../dqm/discovery.ts';
import type { RunQuery } from '../dqm/source.ts';
import { withAdvisoryLock, locks } from '../storage/advisoryLocks.ts';
import type { Database } from '../storage/database.ts';
import { knownRuns, type RefetchRule } from '../storage/runs.ts';
import { giveUpRuns, waitingRuns } from '../storage/leases.ts';
import type { PipelineContext } from './context.ts';
import type { Job, Queue } from './queue.ts';

/**
 * Asks the source for runs and queues those that must be fetched, newest first. Does nothing while another worker asks.
 *
 * @throws {DqmError} when the listing cannot be had.
 */
export async function discover(
  { database, source, events, log }: PipelineContext,
  queue: Queue,
  query: RunQuery,
  refetch: RefetchRule,
  signal: AbortSignal,
): Promise<void> {
  await withAdvisoryLock(database, locks.discovery, async () => {
    const known = (listed: readonly { run: number }[]) =>
      knownRuns(
        database,
        listed.map(({ run }) => run),
        refetch,
      );
    const found = await discoverRuns(source, query, known, { signal });
    if (found.length === 0) return;
    const askedAt = await databaseTime(database);
    await queue.add(found.map((run): Job => ({ ...fetchJob(run), askedAt })));
    log.info({ runs: found.length, newest: found[0]?.run }, 'runs to fetch');
    events.announce({ type: 'discovered', runs: found.map(({ run }) => run) });
  });
}

/** Queues what the run table says is left undone: by workers that died, were stopped, or never got the job. */
export async function resumeWaiting(
  { database, events, log }: Pick<PipelineContext, 'database' | 'events' | 'log'>,
  queue: Queue,
): Promise<void> {
  for (const { run, error } of await giveUpRuns(database)) {
    log.error({ run }, error);
    events.announce({ type: 'failed', run, error });
  }
  const waiting = await waitingRuns(database);
  if (waiting.length === 0) return;
  const askedAt = await databaseTime(database);
  await queue.add(
    waiting.map(({ run, dataset, status }): Job =>
      status === 'PENDING_REEVALUATION' || status === 'REEVALUATING'
        ? { kind: 'reevaluate', run }
        : { kind: 'fetch', run, dataset, askedAt },
    ),
  );
}

/** The one clock that all workers share. */
export async function databaseTime(database: Database): Promise<string> {
  const { rows } = await database.query<{ now: Date }>('select now()');
  return (rows[0]?.now ?? new Date()).toISOString();
}

/**
 * A run that is first seen with a newer one beside it is over. One that we watched growing may still get its last
 * lumisections when the next has begun, so only its staying the same ends it.
 */
function fetchJob({ run, dataset, why, newest }: RunToFetch) {
  return { kind: 'fetch' as const, run, dataset, ended: why === 'new' && !newest };
}
