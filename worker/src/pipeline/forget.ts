import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { locks, withAdvisoryLock } from '../storage/advisoryLocks.ts';
import type { Database } from '../storage/database.ts';
import { everyTime, type Schedule } from './schedule.ts';

/** Between two steps of some 20 ms of the database, so that whoever else asks it does not notice. */
const pauseMs = 100;

/** Repeats a step until it finds nothing more to do or is told to stop. @returns of all steps together. */
async function stepByStep(step: () => Promise<number>, isStopped: () => boolean): Promise<number> {
  let done = 0;
  for (let now = Infinity; now > 0 && !isStopped(); done += now) {
    now = await step();
    if (now > 0) await delay(pauseMs);
  }
  return done;
}

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
  const forget = 'select forget_old_slices(make_interval(days => $1)) as slices';
  await withAdvisoryLock(database, locks.forgetSlices, async () => {
    forgotten = await stepByStep(
      async () => (await database.query<{ slices: number }>(forget, [days])).rows[0]!.slices,
      isStopped,
    );
  });
  return forgotten;
}

/**
 * Empties saliency that earlier versions stored as zeros, a thousand chambers at a time, oldest runs first. It may be stopped at any time, goes on
 * where it was, and finds nothing once all is done.
 *
 * @returns of how many chambers.
 */
export function emptyZeros(database: Database, isStopped = () => false): Promise<number> {
  const empty = 'select empty_zeros() as chambers';
  return stepByStep(
    async () => (await database.query<{ chambers: number }>(empty)).rows[0]!.chambers,
    isStopped,
  );
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
