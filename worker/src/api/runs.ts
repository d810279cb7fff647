import { z } from 'zod';
import {
  countSchema,
  modelNameSchema,
  commaListSchema,
  detectorStateSchema,
  runNumberSchema,
  runStatuses,
  runChambersSchema,
  runPastSchema,
  runListSchema,
  runSchema,
  type Run,
  runDeletedSchema,
  runFetchSchema,
  runReevaluateSchema,
  runsAskedSchema,
  runEventSchema,
} from '@dtdqm/contract';
import {
  pageSizeSchema,
  flagSchema,
  runCursorSchema,
  etagAnswer,
  unchanged,
  defineRoutes,
  type Route,
  type RouteDeps,
} from './route.ts';
import type { Queryable } from '../storage/database.ts';
import { getRun, isKnownRun, listRuns, deleteRun } from '../storage/runs.ts';
import { detectorState, listChamberSummaries, pastOfChambers } from '../storage/state.ts';
import { notFound, Problem } from './problem.ts';
import { eventStream, type EventStream } from './stream.ts';

const { get, post, remove } = defineRoutes('Runs');

export const runParamsSchema = z.object({ run: runNumberSchema });

const runListQuerySchema = z
  .strictObject({
    limit: pageSizeSchema,
    cursor: runCursorSchema.optional(),
    /** Instead of a cursor: the page in whose middle this run is, stored or not. */
    around: runNumberSchema.optional(),
    /** One status, or several separated by commas. */
    status: commaListSchema(runStatuses).optional(),
    /** First run wanted. */
    from: runNumberSchema.optional(),
    /** Last run wanted. */
    to: runNumberSchema.optional(),
    /** Runs whose current scores are this model's, `<name>@<version>`. */
    model: modelNameSchema.optional(),
    /** `true`: only runs with bad layers; `false`: only runs without. */
    bad: flagSchema.optional(),
  })
  .refine(({ cursor, around }) => cursor === undefined || around === undefined, {
    path: ['around'],
    error: 'cannot be given together with cursor',
  });

const asked = { description: 'The workers were asked', schema: runsAskedSchema };
const notStored = { description: 'The run is not stored' };

/** Each keeps a connection; more than this many displays are a mistake. */
const mostStreams = 500;

const stateQuerySchema = z.strictObject({
  /** The newest run with judged chambers unless set. */
  run: runNumberSchema.optional(),
});

/** `/runs/events` and `/runs/reevaluate` stand before `/runs/:run`, which would take them for numbers. */
export const runRoutes: readonly Route[] = [
  get('/api/v1/state', {
    summary: 'How the detector stands: one line for people, and the figures behind it',
    role: 'viewer',
    query: stateQuerySchema,
    answers: { 200: { description: 'The state', schema: detectorStateSchema }, 404: notStored },
    async handle({ query: { run }, deps }) {
      if (run !== undefined) await requireRun(deps.database, run);
      return { body: await detectorState(deps.database, run) };
    },
  }),
  get('/api/v1/runs/events', {
    summary:
      'What happens to runs, as server-sent events; with `run`, that run alone, beginning with how it is now',
    role: 'viewer',
    query: z.strictObject({ run: runNumberSchema.optional() }),
    answers: {
      200: { description: 'Events without end', type: 'text/event-stream', schema: runEventSchema },
    },
    handle({ query: { run: wanted }, deps, ctx, signal }) {
      if (deps.runEvents.subscribers >= mostStreams) {
        throw new Problem(503, 'too-many-streams', 'too many event streams are open', {
          headers: { 'Retry-After': '10' },
        });
      }
      return eventStream(ctx, signal, (stream) => {
        const end = deps.runEvents.subscribe((event) => {
          if (wanted !== undefined && event.type !== 'resync' && event.number !== wanted) return;
          stream.send(event.type, event);
        });
        if (wanted !== undefined) void tellState(stream, deps, wanted);
        return end;
      });
    },
  }),
  post('/api/v1/runs', {
    summary: 'Pull a run that is not stored yet',
    role: 'admin',
    body: runFetchSchema,
    answers: { 202: asked, 409: { description: 'It is stored; refetch it to pull it again' } },
    async handle({ body, deps }) {
      if ((await getRun(deps.database, body.run)) !== null) {
        throw new Problem(
          409,
          'run-exists',
          `run ${body.run} is stored already; refetch it to pull it again`,
        );
      }
      await deps.control.enqueue(body.run);
      return { status: 202, body: { runs: [body.run] } };
    },
  }),
  post('/api/v1/runs/reevaluate', {
    summary: 'Score runs again with the model in use: those named, or all that another model scored',
    role: 'admin',
    body: runReevaluateSchema,
    bodyOptional: true,
    answers: { 202: { ...asked, description: 'Finished runs that now wait for it' } },
    handle: async ({ body, deps }) => ({
      status: 202,
      body: { runs: await deps.control.reevaluate(body.runs) },
    }),
  }),
  post('/api/v1/runs/:run/refetch', {
    summary: 'Pull a stored run again; what is there stays readable meanwhile',
    role: 'admin',
    params: runParamsSchema,
    answers: { 202: asked, 404: notStored },
    async handle({ params, deps }) {
      await requireRun(deps.database, params.run);
      await deps.control.enqueue(params.run);
      return { status: 202, body: { runs: [params.run] } };
    },
  }),
  remove('/api/v1/runs/:run', {
    summary:
      'Remove a run with its chambers and scores; its labels stay, and it is not pulled again by itself',
    role: 'admin',
    params: runParamsSchema,
    answers: { 200: { description: 'What was removed', schema: runDeletedSchema }, 404: notStored },
    async handle({ params, deps }) {
      const chambers = await deleteRun(deps.database, params.run);
      if (chambers === null) throw notFound(`run ${params.run} is not stored`);
      return { body: { run: params.run, chambers } };
    },
  }),
  get('/api/v1/runs', {
    summary: 'Runs, newest first',
    role: 'viewer',
    query: runListQuerySchema,
    answers: { 200: { description: 'A page of runs', schema: runListSchema } },
    async handle({ query, deps }) {
      const { cursor = null, status, ...filters } = query;
      return {
        body: await listRuns(deps.database, { ...filters, cursor, ...(status ? { statuses: status } : {}) }),
      };
    },
  }),
  get('/api/v1/runs/:run', {
    summary: 'One run',
    role: 'viewer',
    params: runParamsSchema,
    answers: { 200: { description: 'The run', schema: runSchema }, 404: notStored },
    handle: async ({ params, deps }) => ({ body: await requireRun(deps.database, params.run) }),
  }),
  get('/api/v1/runs/:run/chambers', {
    summary: 'Every chamber of a run in a line, by wheel, station, sector',
    role: 'viewer',
    params: runParamsSchema,
    answers: {
      200: { description: 'The chambers; none while the run is first loading', schema: runChambersSchema },
      ...unchanged,
      404: notStored,
    },
    async handle({ params, deps, ctx }) {
      const run = await requireRun(deps.database, params.run);
      // What is said of a chamber changes with runs, with acts and by the clock, so that the answer itself tells the version.
      const body = { run: run.run, chambers: await listChamberSummaries(deps.database, run.run) };
      return etagAnswer(ctx, [JSON.stringify(body)], () => Promise.resolve(body));
    },
  }),
  get('/api/v1/runs/:run/past', {
    summary: 'How the chambers of which anything is said in a run were in the judged runs up to it',
    role: 'viewer',
    params: runParamsSchema,
    query: z.strictObject({ limit: countSchema(100).default(20) }),
    answers: {
      200: { description: 'A condition for each run, oldest first', schema: runPastSchema },
      404: notStored,
    },
    async handle({ params, query, deps }) {
      const run = await requireRun(deps.database, params.run);
      return { body: await pastOfChambers(deps.database, run.run, query.limit) };
    },
  }),
];

/** @throws {Problem} 404 when the run is not stored. */
export async function requireRun(db: Queryable, run: number): Promise<Run> {
  const stored = await getRun(db, run);
  if (stored === null) throw notFound(`run ${run} is not stored`);
  return stored;
}

/**
 * One rule for all that is said of a chamber: of a run that never was here nothing can be said. A run that was deleted still takes what was
 * being written of it, as its labels stay.
 *
 * @throws {Problem} 404 when the run is not stored and never was.
 */
export async function requireKnownRun(db: Queryable, run: number): Promise<void> {
  if (await isKnownRun(db, run)) return;
  throw notFound(`run ${run} is not stored here and never was, so nothing can be said of its chambers`);
}

/** How the run is, once no later change can be missed; what changes in between is told twice rather than not at all. */
async function tellState(
  stream: EventStream,
  { database, runEvents, log }: RouteDeps,
  run: number,
): Promise<void> {
  try {
    await runEvents.listening();
    stream.send('run', { type: 'run', number: run, run: await getRun(database, run) });
  } catch (error) {
    log.warn({ error }, 'the state of a run could not be sent');
    stream.send('resync', { type: 'resync' });
  }
}
