import { isDatabaseUnavailable, retryWhileUnavailable } from '../storage/connectionErrors.ts';
import { leaseSeconds, releaseRun, renewLease } from '../storage/leases.ts';
import type { PipelineContext } from './context.ts';

/** Thrown to work whose run another worker has taken over, or that somebody deleted. */
export class LostRun extends Error {
  override readonly name = 'LostRun';
}

/**
 * Keeps the lease of a run alive while `work` goes on, and gives the run back when the work is cancelled or the database
 * was away.
 *
 * @param signal cancels the work; the run is then there for the next worker at once.
 * @throws what `work` throws.
 */
export async function holdRun<T>(
  { database, log }: Pick<PipelineContext, 'database' | 'log'>,
  { run, owner }: { run: number; owner: string },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const heartbeat = setInterval(
    () => {
      // A heartbeat that fails is made up for by the next; two in a row still leave time before the lease ends.
      renewLease(database, run, owner).then(
        (held) => {
          if (!held) lost.abort(new LostRun(`run ${run} was taken over`));
        },
        () => undefined,
      );
    },
    (leaseSeconds * 1000) / 3,
  );
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    // When even this fails, the lease runs out by itself.
    if (signal.aborted || isDatabaseUnavailable(error)) {
      const release = () => releaseRun(database, run, owner);
      await retryWhileUnavailable(release, { log, signal, longestMs: leaseSeconds * 1000 }).catch(
        () => undefined,
      );
    }
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}
