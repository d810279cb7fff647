import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { allChambers } from '@dtdqm/contract';
import { DqmError, type RunQuery } from '../dqm/source.ts';
import { retryWhileUnavailable } from '../storage/connectionErrors.ts';
import type { Database } from '../storage/database.ts';
import {
  claimJob,
  claimRun,
  giveUpRuns,
  requestFetch,
  requestReevaluation,
  type JobKind,
} from '../storage/jobs.ts';
import { registerModel, unknownHash } from '../storage/models.ts';
import { nextJudgedEarly } from '../storage/past.ts';
import { runsToLookAt } from '../storage/runs.ts';
import { discover } from './discover.ts';
import { PipelineEvents, type PipelineContext } from './events.ts';
import { ingestRun, type IngestOutcome } from './ingest.ts';
import { reevaluateRun } from './reevaluate.ts';
import { defaultLifeRule, type LifeRule } from './runLife.ts';
import { everyTime, type Schedule } from './schedule.ts';

/** What people and programs may ask of whichever worker is free; needs neither a DQM server nor a model. */
export interface RunRequests {
  /** Fetches the run (again), before all that discovery found. */
  enqueue(run: number): Promise<void>;
  /** Marks finished runs for another look: those named, else all that `model` has not scored, else all. @returns which. */
  reevaluate(runs?: readonly number[]): Promise<number[]>;
}

/** @param model of the worker in this process, where there is one. */
export function createRunRequests(database: Database, dataset: string, model?: () => string): RunRequests {
  return {
    enqueue: (run) => requestFetch(database, [{ run, dataset }], { byHand: true }),
    reevaluate(runs) {
      const current = model?.();
      const which = runs === undefined ? (current === undefined ? {} : { model: current }) : { runs };
      return requestReevaluation(database, which);
    },
  };
}

export interface PipelineOptions extends Omit<PipelineContext, 'events' | 'lifeRule' | 'chambers'> {
  /** Which runs to look for. */
  query: RunQuery;
  /** Cron expression: when to ask the source for runs. Every minute unless set. */
  schedule?: string;
  lifeRule?: Partial<LifeRule>;
  /** Runs that this process fetches at the same time; one keeps two cores busy. */
  runsAtOnce?: number;
}

export interface Pipeline extends RunRequests {
  events: PipelineEvents;
  /**
   * Takes up what is left undone, asks the source at once and from then on by schedule. Waits for a database that is
   * unavailable until `signal` aborts.
   */
  start(signal?: AbortSignal): Promise<void>;
  /** Asks the source for runs without waiting for the schedule. */
  discoverNow(): void;
  /** Cancels what is in hand, which the next worker takes up; the database, source and scorer stay open. */
  stop(): Promise<void>;
  /** Fetches the run here and now; `not-needed` when another worker has it in hand. */
  fetchNow(run: number, signal?: AbortSignal): Promise<IngestOutcome | 'not-needed'>;
}

/** How often work is looked for that other processes ask for, or that a lost worker left. */
const pollMs = 1000;
const longestPauseMs = 30_000;
/** 1, 2, 4 .. 30 s. */
const pauseAfter = (failures: number) => Math.min(longestPauseMs, pollMs * 2 ** (failures - 1));
/** All workers look for runs by the same schedule; one of them is enough. */
const sameScheduleSeconds = 5;

export function createPipeline(options: PipelineOptions): Pipeline {
  const { database, source, scorer, log, query, schedule = '* * * * *', runsAtOnce = 1 } = options;
  const events = new PipelineEvents();
  const context: PipelineContext = {
    ...options,
    events,
    chambers: allChambers,
    lifeRule: { ...defaultLifeRule, ...options.lifeRule },
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  /** The look for runs that is due, if any. */
  let wantedDiscovery: { notWithinSeconds: number } | undefined;
  let failedDiscoveries = 0;
  /** The listing is asked for every minute and more often while it fails: what has not changed is told once. */
  let saidOfListing = '';
  /** Runs that the database failed in this process, and until when it does others first: the newest would always be next. */
  const setAside = new Map<number, { failures: number; until: number }>();
  let sleep = new AbortController();
  let work: Promise<void>[] = [];
  let schedules: Schedule[] = [];

  function wake(): void {
    sleep.abort();
    sleep = new AbortController();
  }

  function wantDiscovery(notWithinSeconds: number): void {
    wantedDiscovery = {
      notWithinSeconds: Math.min(notWithinSeconds, wantedDiscovery?.notWithinSeconds ?? Infinity),
    };
    wake();
  }

  /** Does one piece of work after the other until the pipeline stops; fails only one piece at a time. */
  async function workUntilStopped(): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      const { signal: woken } = sleep;
      try {
        const isBusy = (await discoverIfWanted()) || (await workOnNextRun());
        failures = 0;
        if (isBusy) continue;
        await pause(pollMs, woken);
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, 'work failed and will be tried again');
        await pause(pauseAfter(++failures), woken);
      }
    }
  }

  /** @returns whether it looked. */
  async function discoverIfWanted(): Promise<boolean> {
    const wanted = wantedDiscovery;
    if (wanted === undefined) return false;
    wantedDiscovery = undefined;
    try {
      const odd = await discover(context, { query, ...wanted }, signal);
      if (failedDiscoveries > 0) log.info('runs are listed again');
      failedDiscoveries = 0;
      if (odd !== null) {
        const first = odd.slice(0, 3).join('; ');
        const say = () =>
          log.warn(
            { entries: odd.length, first },
            'the source lists entries that are no runs; they are left out',
          );
        sayOfListing(first, odd.length > 0 ? say : () => undefined);
      }
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      // What waits already does not wait for the listing.
      sayOfListing(error instanceof DqmError ? error.code : String(error), () =>
        log.warn({ err: error }, 'runs could not be listed; trying again'),
      );
      const retry = () => signal.aborted || wantDiscovery(wanted.notWithinSeconds);
      void pause(pauseAfter(++failedDiscoveries), signal).then(retry);
      return false;
    }
  }

  function sayOfListing(what: string, say: () => void): void {
    if (what !== saidOfListing) say();
    saidOfListing = what;
  }

  /** @returns whether there was one. */
  async function workOnNextRun(): Promise<boolean> {
    await giveUpLostRuns();
    // The model may have been replaced since the start.
    await registerScorer();
    await judgeAgainWithPast();
    // A server that is down for a minute must not turn the whole backlog into errors, nor hold up what does not need it.
    const kinds: JobKind[] = (await isSourceReady()) ? ['fetch', 'reevaluate'] : ['reevaluate'];
    // Between two listings, which come once a minute, runs in progress become due.
    if (kinds.includes('fetch')) await requestFetch(database, await runsToLookAt(database, []));
    const now = performance.now();
    const except = [...setAside].flatMap(([run, { until }]) => (until > now ? run : []));
    const job = await claimJob(database, randomUUID(), { kinds, except });
    if (job === null) return false;
    const { run } = job;
    try {
      await (job.kind === 'fetch' ? ingestRun(context, job, signal) : reevaluateRun(context, job, signal));
    } catch (error) {
      const failures = (setAside.get(run)?.failures ?? 0) + 1;
      setAside.set(run, { failures, until: performance.now() + pauseAfter(failures + 1) });
      throw error;
    }
    setAside.delete(run);
    return true;
  }

  async function isSourceReady(): Promise<boolean> {
    return Promise.race([source.ready(signal).then(() => true), nextTurn(false)]);
  }

  async function giveUpLostRuns(): Promise<void> {
    for (const { run, error } of await giveUpRuns(database)) {
      log.error({ run }, error);
      events.announce({ type: 'failed', run, error });
    }
  }

  async function judgeAgainWithPast(): Promise<void> {
    const run = await nextJudgedEarly(database);
    if (run === null) return;
    const [marked] = await requestReevaluation(database, { runs: [run] });
    if (marked !== undefined) log.info({ run }, 'a run is judged again: runs before it came after it');
  }

  const registerScorer = () => registerModel(database, { name: scorer.model, hash: unknownHash });

  const pause = (milliseconds: number, woken: AbortSignal) =>
    delay(milliseconds, undefined, { signal: AbortSignal.any([signal, woken]) }).catch(() => undefined);

  const { enqueue, reevaluate } = createRunRequests(database, query.dataset, () => scorer.model);
  return {
    events,
    enqueue: (run) => enqueue(run).then(wake),
    async reevaluate(runs) {
      const marked = await reevaluate(runs);
      wake();
      return marked;
    },
    discoverNow: () => wantDiscovery(0),
    async start(starting) {
      await retryWhileUnavailable(giveUpLostRuns, {
        log,
        signal: starting === undefined ? signal : AbortSignal.any([starting, signal]),
      });
      wantDiscovery(0);
      work = Array.from({ length: runsAtOnce }, workUntilStopped);
      schedules = [everyTime(schedule, async () => wantDiscovery(sameScheduleSeconds), log)];
    },
    async stop() {
      stopping.abort(new Error('the worker is being stopped'));
      await Promise.all(schedules.map((each) => each.stop()));
      await Promise.all(work);
    },
    async fetchNow(run, cancelled = new AbortController().signal) {
      const either = AbortSignal.any([cancelled, signal]);
      await registerScorer();
      await source.ready(either);
      const job = await claimRun(database, { run, dataset: query.dataset }, randomUUID());
      return job === null ? 'not-needed' : ingestRun(context, job, either);
    },
  };
}
