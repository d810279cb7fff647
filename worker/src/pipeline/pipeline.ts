import type { RunQuery } from '../dqm/source.ts';
import { defaultRefetchRule, forgetDeletion, type RefetchRule } from '../storage/runs.ts';
import { registerModel, unknownHash } from '../storage/models.ts';
import { retryWhileUnavailable } from '../storage/connectionErrors.ts';
import { consume, type Consumer } from './consume.ts';
import type { PipelineContext } from './context.ts';
import { discover, resumeWaiting } from './discover.ts';
import { PipelineEvents } from './events.ts';
import { ingestRun, type IngestOutcome } from './ingest.ts';
import { createQueue, type Job } from './queue.ts';
import { reevaluateRun } from './reevaluate.ts';
import { createRunRequests, type RunRequests } from './requests.ts';
import { everyTime, type Schedule } from './schedule.ts';

export interface PipelineOptions extends Omit<PipelineContext, 'events'> {
  /** Which runs to look for. */
  query: RunQuery;
  /** Cron expression: when to ask the source for runs. Every minute unless set. */
  schedule?: string;
  refetch?: Partial<RefetchRule>;
  /** Runs that this process fetches at the same time; one keeps two cores busy. */
  runsAtOnce?: number;
}

export interface Pipeline extends RunRequests {
  events: PipelineEvents;
  /**
   * Takes up what is left undone, asks the source at once and from then on by schedule. Waits for a database that is away
   * until `signal` aborts.
   */
  start(signal?: AbortSignal): Promise<void>;
  /** Cancels what is in hand, which the next worker takes up; the database, source and scorer stay open. */
  stop(): Promise<void>;
  /** Fetches the run here and now, without the queue. */
  fetchNow(run: number, signal?: AbortSignal): Promise<IngestOutcome>;
}

/** How often work that nobody does is looked for; with the lease it bounds how long a killed worker's run lies idle. */
const resumeExpression = '*/20 * * * * *';

export function createPipeline(options: PipelineOptions): Pipeline {
  const { database, scorer, log, query, schedule = '* * * * *', runsAtOnce = 1 } = options;
  const refetch = { ...defaultRefetchRule, ...options.refetch };
  const events = new PipelineEvents();
  const context: PipelineContext = { ...options, events };
  const queue = createQueue(database, log);
  const stopping = new AbortController();
  let consumers: Consumer[] = [];
  let schedules: Schedule[] = [];

  async function handle(job: Job, signal: AbortSignal): Promise<void> {
    // The model may have been replaced since the start.
    await prepareModel();
    if (job.kind === 'discover') await discover(context, queue, query, refetch, signal);
    else if (job.kind === 'reevaluate') await reevaluateRun(context, job.run, signal);
    else await ingestRun(context, job, signal);
  }

  function wake(): void {
    for (const consumer of consumers) consumer.wake();
  }

  async function prepareModel(): Promise<void> {
    await registerModel(database, { name: scorer.model, hash: unknownHash });
  }

  const requests = createRunRequests({
    database,
    log,
    dataset: query.dataset,
    queue,
    model: () => scorer.model,
    wake,
  });
  return {
    ...requests,
    events,
    async start(signal) {
      await retryWhileUnavailable(
        async () => {
          await queue.start();
          await resumeWaiting(context, queue);
          await queue.add([{ kind: 'discover' }]);
        },
        { log, signal: signal === undefined ? stopping.signal : AbortSignal.any([signal, stopping.signal]) },
      );
      consumers = Array.from({ length: runsAtOnce }, () =>
        consume({ queue, handle, signal: stopping.signal, log }),
      );
      schedules = [
        everyTime(schedule, () => queue.add([{ kind: 'discover' }], { oncePerSeconds: 5 }).then(wake), log),
        everyTime(resumeExpression, () => resumeWaiting(context, queue), log),
      ];
    },
    async stop() {
      stopping.abort(new Error('the worker is being stopped'));
      await Promise.all(schedules.map((each) => each.stop()));
      await Promise.all(consumers.map(({ done }) => done));
      await queue.stop();
    },
    async fetchNow(run, signal = new AbortController().signal) {
      await prepareModel();
      await forgetDeletion(database, run);
      return ingestRun(context, { run, dataset: query.dataset }, AbortSignal.any([signal, stopping.signal]));
    },
  };
}
