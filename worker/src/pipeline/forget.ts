import { setTimeout as delay } from 'node:timers/promises';
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

/** Between two steps of some 20 ms of the database, so that whoever else asks it does not notice. */
const pauseMs = 100;

/**
 * Empties saliency that earlier versions stored as zeros, a thousand chambers at a time, oldest runs first. It may be stopped at any time, goes on
 * where it was, and finds nothing once all is done.
 *
 * @returns of how many chambers.
 */
export async function emptyZeros(database: Database, isStopped = () => false): Promise<number> {
  let emptied = 0;
  for (let now = Infinity; now > 0 && !isStopped(); emptied += now) {
    const { rows } = await database.query<{ chambers: number }>('select empty_zeros() as chambers');
    now = rows[0]!.chambers;
    if (now > 0) await delay(pauseMs);
  }
  return emptied;
}

/** Does both once an hour for as long as the process runs; what fails is tried again in the next. */
export function startForgetting({
  database,
  log,
  days,
}: {
  database: Database;
  log: Pick<Logger, 'info' | 'warn'>;
  days: number;
}): Schedule {
  let stopped = false;
  const isStopped = () => stopped;
  const schedule = everyTime(
    '23 * * * *',
    async () => {
      const slices = await forgetSlices(database, days, isStopped);
      if (slices > 0) log.info({ slices, days }, 'old slices of runs are forgotten');
      const chambers = await emptyZeros(database, isStopped);
      if (chambers > 0) log.info({ chambers }, 'saliency that was stored as zeros is emptied');
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
