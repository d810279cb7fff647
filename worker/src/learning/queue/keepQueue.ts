import type { Logger } from 'pino';
import { transaction, type Database } from '../../storage/database.ts';
import { staleRuns } from '../../storage/queue/stale.ts';
import { refreshPriorities, refreshQueue, type RefreshOptions } from './refresh.ts';
import { locks } from '../../storage/locks.ts';

/** Any number that, with a run, nothing else locks. */

export interface QueueKeeperOptions extends RefreshOptions {
  database: Database;
  log: Pick<Logger, 'warn'>;
  /** How often scores are looked for that the queue has not taken in; 10 s unless set. */
  everyMs?: number;
  /** How often the order is worked out from the labels there are by then; 60 s unless set. */
  learnEveryMs?: number;
}

export interface QueueKeeper {
  /** A hint that a run was stored or scored anew: look now. */
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Keeps the queue in step with the scores. What it does follows from the database alone, so that it may be killed, or
 * run in many processes, and nothing is missed.
 */
export function keepQueue({
  database,
  log,
  everyMs = 10_000,
  learnEveryMs = 60_000,
  ...options
}: QueueKeeperOptions): QueueKeeper {
  let stopped = false;
  let work = Promise.resolve();
  let learnedAt = 0;
  const look = () => {
    work = work.then(async () => {
      if (stopped) return;
      try {
        await takeInScores(database, options, () => stopped);
        if (!stopped && Date.now() - learnedAt >= learnEveryMs) {
          learnedAt = Date.now();
          await refreshPriorities(database);
        }
      } catch (error) {
        log.warn({ err: error }, 'the queue cannot be brought up to date; trying again');
      }
    });
  };
  const timer = setInterval(look, everyMs);
  look();
  return {
    wake: look,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await work;
    },
  };
}

/** Brings the chambers of all runs with new scores into the queue. @returns how many runs. */
export async function takeInScores(
  database: Database,
  options: RefreshOptions = {},
  isStopped: () => boolean = () => false,
): Promise<number> {
  let taken = 0;
  for (let runs = await staleRuns(database, 20); runs.length > 0; runs = await staleRuns(database, 20)) {
    let progressed = false;
    for (const run of runs) {
      if (isStopped()) return taken;
      if (!(await refreshLocked(database, run, options))) continue;
      taken += 1;
      progressed = true;
    }
    // The rest is in the hands of other processes.
    if (!progressed) break;
  }
  return taken;
}

function refreshLocked(database: Database, run: number, options: RefreshOptions): Promise<boolean> {
  return transaction(database, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>(
      'select pg_try_advisory_xact_lock($1, $2) as mine',
      [locks.queueRefresh, run],
    );
    if (!rows[0]?.mine) return false;
    await refreshQueue(client, run, options);
    return true;
  });
}
