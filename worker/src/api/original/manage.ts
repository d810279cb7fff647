import { z } from 'zod';
import { runsAskedSchema } from '@dtdqm/contract';
import { deleteRun } from '../../storage/runs.ts';
import { defineRoute, type Method, type Route } from '../route.ts';
import { runParamsSchema } from './lists.ts';

const tag = 'Original tool';

/** The original's documentation says GET, its code says POST. */
const reevaluate = (method: Method) =>
  defineRoute({
    method,
    path: '/data/reevaluate',
    tag,
    summary: 'Score all runs again that another model scored',
    role: 'admin',
    changes: true,
    answers: { 202: { description: 'Runs that now wait for it', schema: runsAskedSchema } },
    async handle({ deps }) {
      return { status: 202, body: { runs: await deps.control.reevaluate() } };
    },
  });

export const manageRoutes: readonly Route[] = [
  reevaluate('get'),
  reevaluate('post'),
  defineRoute({
    method: 'delete',
    path: '/data/:run',
    tag,
    summary: 'Remove a run',
    role: 'admin',
    params: runParamsSchema,
    answers: { 200: { description: 'How many runs were removed: 1 or 0', schema: z.int() } },
    async handle({ params, deps }) {
      const removed = (await deleteRun(deps.database, params.run)) === null ? 0 : 1;
      return { body: String(removed), type: 'json' };
    },
  }),
];
