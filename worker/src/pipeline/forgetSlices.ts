import type { Logger } from 'pino';
import { locks, withAdvisoryLock } from '../storage/advisoryLocks.ts';
import type { Database } from '../storage/database.ts';
import { everyTime, type Schedule } from './schedule.ts';

/**
 * Forgets slices of runs that were looked at last so many days ago, and the looks, but for those during changes, piece by piece, so that nobody
 * waits for long. Does nothing while another process does it.
 *
 * @returns how many of both.
 */
export async function forgetSlices(
  database: Database,
  days: number,
  isStopped = () => false,
): Promise<number> {
  let forgotten = 0;
  await withAdvisoryLock(database, locks.forgetSlices, async () => {
    for (let now = Infinity; now > 0 && !isStopped(); forgotten += now) {
      const { rows } = await database.query<{ slices: number }>(
        'select forget_old_slices(make_interval(days => $1)) as slices',
        [days],
      );
      now = rows[0]!.slices;
    }
  });
  return forgotten;
}

/** Does so once an hour for as long as the process runs; what fails is tried again in the next. */
export function startForgettingSlices({
  database,
  log,
  days,
}: {
  database: Database;
  log: Pick<Logger, 'info' | 'warn'>;
  days: number;
}): Schedule {
  let stopped = false;
  const schedule = everyTime(
    '23 * * * *',
    async () => {
      const slices = await forgetSlices(database, days, () => stopped);
      if (slices > 0) log.info({ slices, days }, 'old slices of runs are forgotten');
    },
    log,
  );
  return {
    stop() {
      stopped = true;
      return schedule.stop();
    },
  };
}
