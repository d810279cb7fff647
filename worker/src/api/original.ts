import {
  type ChamberOfRun,
  chamberOfRunSchema,
  runNumberSchema,
  runsAskedSchema,
  chamberStepsSchema,
} from '@dtdqm/contract';
import { nextChambers } from '../learning/queue/next.ts';
import { defaultStrategy } from '../learning/strategies/strategies.ts';
import type { Database } from '../storage/database.ts';
import { currentLabel } from '../storage/labels/read.ts';
import { skipChamber } from '../storage/labels/undo.ts';
import { chamberPath, requireExplainer } from './chambers.ts';
import { loadChamber } from './chamberData.ts';
import { notFound, Problem } from './problem.ts';
import { defineRoutes, type Answer, type Call, type Route } from './route.ts';
import { z } from 'zod';
import { badLayersOf, saveUserScores } from '../storage/labels/original.ts';
import { saveUserScoresSchema, layersFileRoutes, listRoutes } from './originalLists.ts';
import { runParamsSchema } from './runs.ts';
import { getRun, deleteRun } from '../storage/runs.ts';
import { readFormBody, validate } from './request.ts';

const { get, post, patch, remove } = defineRoutes('Original tool');
const redirects = {
  302: { description: 'To the page of the next chamber' },
  404: { description: 'No chamber waits to be labelled' },
};
const askedSchema = z.object({ run: z.int(), status: z.literal('asked') });

/** The original's documentation says GET, its code says POST. */
const reevaluate = (declare: typeof get) =>
  declare('/data/reevaluate', {
    summary: 'Score all runs again that another model scored',
    role: 'admin',
    changes: true,
    answers: { 202: { description: 'Runs that now wait for it', schema: runsAskedSchema } },
    handle: async ({ deps }) => ({ status: 202, body: { runs: await deps.control.reevaluate() } }),
  });

/** The end-points of the tool that this monitor replaces; they stand before `/eval/:run`, which would take words for numbers. */
export const originalRoutes: readonly Route[] = [
  get('/eval/next', {
    summary: 'To the chamber that comes next, which is leased to the caller',
    role: 'editor',
    changes: true,
    answers: redirects,
    handle: toNext,
  }),
  get(`/eval/skip/${chamberPath}`, {
    summary: 'Mark a chamber as skipped, then to the next one',
    role: 'editor',
    changes: true,
    params: chamberOfRunSchema,
    answers: redirects,
    async handle(call) {
      const { params, caller, deps } = call;
      await loadChamber(deps.database, params);
      await skipOnce(deps.database, caller.name, params);
      return toNext(call);
    },
  }),
  patch('/eval/save_user_scores', {
    summary: 'Label a chamber: twelve flags 0 or 1, or the numbers of its bad layers',
    role: 'editor',
    body: saveUserScoresSchema,
    answers: {
      200: {
        description: 'Whether the chamber is stored, and whether its label changed',
        schema: z.object({ matched: z.int(), updated: z.int() }),
      },
    },
    async handle({ body: { layers, ...chamber }, caller, deps }) {
      const bad = badLayers(layers, chamber.station);
      return { body: await saveUserScores(deps.database, caller.name, chamber, bad) };
    },
  }),
  ...listRoutes,
  post('/fetch/:run', {
    summary: 'Pull a run that is not stored yet',
    role: 'admin',
    params: runParamsSchema,
    answers: {
      202: { description: 'The workers were asked', schema: askedSchema },
      409: { description: 'The run is stored already' },
    },
    async handle({ params, deps }) {
      await askFor(params.run, deps);
      return { status: 202, body: { run: params.run, status: 'asked' } };
    },
  }),
  post('/fetch', {
    summary: 'What the form of the original’s page sends',
    role: 'admin',
    page: true,
    streams: ['application/x-www-form-urlencoded'],
    answers: { 303: { description: 'To the page of the run' } },
    async handle({ deps, ctx }) {
      const { run } = validate(z.object({ run: runNumberSchema }), await readFormBody(ctx, 1000));
      await askFor(run, deps);
      return { status: 303, headers: { Location: '/fetch/' } };
    },
  }),
  reevaluate(get),
  reevaluate(post),
  remove('/data/:run', {
    summary: 'Remove a run',
    role: 'admin',
    params: runParamsSchema,
    answers: { 200: { description: 'How many runs were removed: 1 or 0', schema: z.int() } },
    async handle({ params, deps }) {
      const removed = (await deleteRun(deps.database, params.run)) === null ? 0 : 1;
      return { body: String(removed), type: 'json' };
    },
  }),
  ...layersFileRoutes,
  get(`/visualize/${chamberPath}`, {
    summary: 'How the score of a chamber comes about, step by step; browsers get the page of the workbench',
    role: 'viewer',
    params: chamberOfRunSchema,
    query: z.object({ format: z.literal('json', { error: 'must be json' }).optional() }),
    answers: {
      200: { description: 'The steps, layer by layer', schema: chamberStepsSchema },
      404: { description: 'The run, the chamber or its scores are not there; the message says which' },
      409: { description: 'The model that scored the run is not at hand here' },
    },
    async handle({ params, deps, ctx }) {
      ctx.vary('Accept');
      const { model = '', matrix } = await loadChamber(deps.database, params);
      return { body: await requireExplainer(deps, model).steps(params, matrix) };
    },
  }),
];

/** The original has no idempotency keys: whoever opens the address again means the skip that is there. */
async function skipOnce(database: Database, expert: string, chamber: ChamberOfRun): Promise<void> {
  const { run, wheel, station, sector } = chamber;
  const { rowCount } = await database.query(
    'select from current_skip where run = $1 and wheel = $2 and station = $3 and sector = $4',
    [run, wheel, station, sector],
  );
  if (rowCount !== 0) return;
  // Two at once build on the same version, and so are one.
  const { version } = await currentLabel(database, chamber);
  const idempotencyKey = `original:skip:${run}:${wheel}:${station}:${sector}:${version}`;
  await skipChamber(database, expert, { ...chamber, idempotencyKey }, 'original');
}

async function toNext({ caller, deps }: Pick<Call<never, never, never>, 'caller' | 'deps'>): Promise<Answer> {
  const [next] = await nextChambers(deps.database, {
    expert: caller.name,
    strategy: deps.config.strategy ?? defaultStrategy,
    auditShare: deps.config.auditShare,
    aggregator: deps.config.aggregator,
  });
  if (next === undefined) throw notFound('no chamber waits to be labelled');
  const { run, wheel, sector, station } = next;
  return {
    status: 302,
    headers: { Location: `/eval/${run}/${wheel}/${sector}/${station}/`, 'Cache-Control': 'no-store' },
  };
}

function badLayers(...[layers, station]: Parameters<typeof badLayersOf>): number[] {
  try {
    return badLayersOf(layers, station);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Problem(400, 'invalid-request', `layers: ${error.message}`, {
      details: [{ field: 'layers', message: error.message }],
    });
  }
}

async function askFor(run: number, { database, control }: Call<never, never, never>['deps']): Promise<void> {
  if ((await getRun(database, run)) !== null) {
    throw new Problem(409, 'run-exists', `run ${run} is stored already`);
  }
  await control.enqueue(run);
}
