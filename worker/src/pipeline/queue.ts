import PgBoss from 'pg-boss';
import type { Logger } from 'pino';
import { transaction, type Database } from '../storage/database.ts';
import { locks } from '../storage/advisoryLocks.ts';

export type Job =
  | { kind: 'discover' }
  | { kind: 'fetch'; run: number; dataset: string; askedAt: string; ended?: boolean }
  | { kind: 'reevaluate'; run: number };

export interface FetchedJob {
  id: string;
  job: Job;
}

/** Shares work out among any number of workers on the same database. What must be done is always in the run table too. */
export interface Queue {
  /** Makes what the queue needs, once; after a failure it may be called again. */
  start(): Promise<void>;
  /** Adds those that are not waiting already. */
  add(jobs: readonly Job[], options?: AddOptions): Promise<void>;
  /** Takes the next job; undefined when there is none. */
  take(): Promise<FetchedJob | undefined>;
  complete(job: FetchedJob): Promise<void>;
  /** Puts the job back for another try, a bounded number of times. */
  giveBack(job: FetchedJob, reason: string): Promise<void>;
  stop(): Promise<void>;
}

export interface AddOptions {
  /** People do not wait behind a backlog; among equals the newest run goes first. */
  priority?: 'asked' | 'found';
  /** Adds a job at most once in so many seconds, however many processes add it. */
  oncePerSeconds?: number;
}

const first = 2_147_483_647;

const queueName = 'runs';

/** After this time a killed worker's job goes to another one; the lease on the run says whether it really is dead. */
const expirySeconds = 90;

export function createQueue(database: Database, log: Pick<Logger, 'warn'>): Queue {
  let boss = openBoss(database, log);
  let started: Promise<void> | undefined;

  async function start(): Promise<void> {
    try {
      await boss.start();
    } catch (error) {
      // One whose start was cut short takes itself for starting for ever.
      boss = openBoss(database, log);
      throw error;
    }
    // Two that make the same queue at once wait for each other's tables until PostgreSQL ends one of them.
    await transaction(database, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [locks.jobQueueStart]);
      await boss.createQueue(queueName, {
        name: queueName,
        policy: 'short',
        retryLimit: 5,
        retryDelay: 1,
        expireInSeconds: expirySeconds,
      });
    });
  }

  return {
    start() {
      started ??= start().catch((error: unknown) => {
        started = undefined;
        throw error;
      });
      return started;
    },
    async add(jobs, { priority = 'found', oncePerSeconds } = {}) {
      await boss.insert(
        jobs.map((job) => ({
          name: queueName,
          data: job,
          singletonKey: keyOf(job),
          priority: job.kind === 'discover' || priority === 'asked' ? first : job.run,
          ...(oncePerSeconds === undefined ? {} : { singletonSeconds: oncePerSeconds }),
        })),
      );
    },
    async take() {
      const [next] = await boss.fetch<Job>(queueName);
      return next && { id: next.id, job: next.data };
    },
    complete: ({ id }) => boss.complete(queueName, id),
    giveBack: ({ id }, reason) => boss.fail(queueName, id, { reason }),
    stop: () => boss.stop({ graceful: false }),
  };
}

function openBoss(database: Database, log: Pick<Logger, 'warn'>): PgBoss {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => database.query(text, values) },
    schedule: false,
    maintenanceIntervalSeconds: 30,
    archiveCompletedAfterSeconds: 3600,
    deleteAfterDays: 1,
  });
  boss.on('error', (error) => log.warn({ error: error.message }, 'job queue'));
  return boss;
}

function keyOf(job: Job): string {
  return job.kind === 'discover' ? job.kind : `${job.kind} ${job.run}`;
}
