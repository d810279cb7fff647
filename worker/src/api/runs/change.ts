import { runDeletedSchema, runFetchSchema, runReevaluateSchema, runsAskedSchema } from '@dtdqm/contract';
import { deleteRun, getRun } from '../../storage/runs.ts';
import { notFound, Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { requireRun } from './read.ts';
import { runParamsSchema } from './schema.ts';

const tag = 'Runs';
const asked = { description: 'The workers were asked', schema: runsAskedSchema };
const notStored = { description: 'The run is not stored' };

export const runChangeRoutes: readonly Route[] = [
  defineRoute({
    method: 'post',
    path: '/api/v1/runs',
    tag,
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
  defineRoute({
    method: 'post',
    path: '/api/v1/runs/reevaluate',
    tag,
    summary: 'Score runs again with the model in use: those named, or all that another model scored',
    role: 'admin',
    body: runReevaluateSchema,
    bodyOptional: true,
    answers: { 202: { ...asked, description: 'Finished runs that now wait for it' } },
    async handle({ body, deps }) {
      return { status: 202, body: { runs: await deps.control.reevaluate(body.runs) } };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/api/v1/runs/:run/refetch',
    tag,
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
  defineRoute({
    method: 'delete',
    path: '/api/v1/runs/:run',
    tag,
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
];
