import type { Logger } from 'pino';
import { transaction, type Database } from '../../storage/database.ts';
import type { StrategyName } from '@dtdqm/contract';
import { locks } from '../../storage/advisoryLocks.ts';
import { staleRuns } from '../../storage/queue/entries.ts';
import { changeOrder } from '../../storage/queue/order.ts';
import { defaultStrategy } from '../strategies/strategies.ts';
import { refreshPriorities, refreshQueue, reorderQueue, type RefreshOptions } from './refresh.ts';

interface QueueRefresherOptions extends RefreshOptions {
  database: Database;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Whose order the queue keeps; the default strategy unless set. Of workers with different ones the last that started decides. */
  strategy?: StrategyName | undefined;
  /** How often scores are looked for that the queue has not taken in; 10 s unless set. */
  everyMs?: number;
  /** How often the order is worked out from the labels there are by then; 60 s unless set. */
  learnEveryMs?: number;
}

export interface QueueRefresher {
  /** A hint that a run was stored or scored anew: look now. */
  wake(): void;
  stop(): Promise<void>;
}

/**
 * Keeps the queue in step with the scores. What it does follows from the database alone, so that it may be killed, or
 * run in many processes, and nothing is missed.
 */
export function queueRefresher({
  database,
  log,
  strategy = defaultStrategy,
  everyMs = 10_000,
  learnEveryMs = 60_000,
  ...options
}: QueueRefresherOptions): QueueRefresher {
  let stopped = false;
  let work = Promise.resolve();
  let learnedAt = -Infinity;
  let isOrderSet = false;
  const look = () => {
    work = work.then(async () => {
      if (stopped) return;
      try {
        // Once: workers of two configurations must not change it to and fro.
        if (!isOrderSet && (await changeOrder(database, strategy)))
          log.info({ strategy }, 'the queue is put into another order');
        isOrderSet = true;
        await reorderQueue(database, options, () => stopped);
        try {
          await takeInScores(database, options, () => stopped);
        } finally {
          if (!stopped && performance.now() - learnedAt >= learnEveryMs) {
            learnedAt = performance.now();
            await refreshPriorities(database, undefined, options);
          }
        }
      } catch (error) {
        log.warn({ err: error }, 'the queue could not be brought up to date; trying again');
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

/**
 * Brings the chambers of all runs with new scores into the queue.
 *
 * @returns how many runs.
 * @throws the first failure, after the other runs: one that cannot be taken in is no reason to leave out older ones.
 */
export async function takeInScores(
  database: Database,
  options: RefreshOptions = {},
  isStopped: () => boolean = () => false,
): Promise<number> {
  let taken = 0;
  const failures = new Map<number, unknown>();
  for (let runs = await staleRuns(database, 20); runs.length > 0; runs = await staleRuns(database, 20)) {
    let progressed = false;
    for (const run of runs) {
      if (isStopped()) return taken;
      if (failures.has(run)) continue;
      try {
        if (!(await refreshLocked(database, run, options))) continue;
      } catch (error) {
        failures.set(run, error);
        continue;
      }
      taken += 1;
      progressed = true;
    }
    // The rest is in the hands of other processes.
    if (!progressed) break;
  }
  for (const failure of failures.values()) throw failure;
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
