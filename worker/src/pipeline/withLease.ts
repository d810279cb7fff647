import { isDatabaseUnavailable, retryWhileUnavailable } from '../storage/connectionErrors.ts';
import { failRun, leaseSeconds, releaseRun, renewLease, type ClaimedJob } from '../storage/jobs.ts';
import { momentOf } from '../storage/life.ts';
import type { PipelineContext } from './events.ts';
import { afterFailure } from './runLife.ts';

/** Thrown to work whose run another worker has taken over, or that somebody deleted. */
export class LostRun extends Error {
  override readonly name = 'LostRun';
}

/**
 * Does the work on a run in hand and keeps its lease alive meanwhile. Work that has lost the lease is aborted; what goes wrong in
 * it ends in the run's row as an ERROR; when it is cancelled, or the database is unavailable, the run is given back.
 *
 * @param signal cancels the work; the run is then there for the next worker at once.
 * @param work given a signal that also aborts, with {@link LostRun} as its reason, when the lease is lost.
 * @returns what `work` returns, `lost` when the run is another worker's by now, or `failed`.
 * @throws when the database is unavailable, or `signal` aborts.
 */
export async function withLease<T>(
  { database, log, events, lifeRule }: Pick<PipelineContext, 'database' | 'log' | 'events' | 'lifeRule'>,
  job: ClaimedJob,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'lost' | 'failed'> {
  const { run, owner } = job;
  const lost = new AbortController();
  const heartbeat = setInterval(
    () => {
      // A heartbeat that fails is made up for by the next; two in a row still leave time before the lease ends.
      renewLease(database, run, owner).then(
        (isOwner) => {
          if (!isOwner) lost.abort(new LostRun(`run ${run} was taken over`));
        },
        () => undefined,
      );
    },
    (leaseSeconds * 1000) / 3,
  );
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    if (error instanceof LostRun) {
      log.warn({ run }, 'another worker has taken the run over, or it was deleted');
      return 'lost';
    }
    if (signal.aborted || isDatabaseUnavailable(error)) {
      // When even this fails, the lease runs out by itself.
      const release = () => releaseRun(database, run, owner);
      await retryWhileUnavailable(release, { log, signal, longestMs: leaseSeconds * 1000 }).catch(
        () => undefined,
      );
      if (signal.aborted) events.announce({ type: 'given-back', run });
      throw error;
    }
    const reason = error instanceof Error ? error.message : String(error);
    const message = job.kind === 'fetch' ? reason : `re-evaluation failed: ${reason}`;
    log.error(
      { run, err: error },
      `the run could not be ${job.kind === 'fetch' ? 'fetched' : 're-evaluated'}`,
    );
    const life = afterFailure(job.life, await momentOf(database, run), message, lifeRule);
    await failRun(database, job, message, life);
    events.announce({ type: 'failed', run, error: message });
    return 'failed';
  } finally {
    clearInterval(heartbeat);
  }
}
