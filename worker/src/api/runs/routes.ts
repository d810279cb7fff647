import { runListSchema } from '@dtdqm/contract';
import { listRuns } from '../../storage/runs.ts';
import { defineRoute, type Route } from '../route.ts';
import { runListQuerySchema } from './schema.ts';

export const runRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/runs',
    tag: 'Runs',
    summary: 'Runs, newest first',
    role: 'viewer',
    query: runListQuerySchema,
    answers: { 200: { description: 'A page of runs', schema: runListSchema } },
    async handle({ query, deps }) {
      const { limit, cursor = null, status } = query;
      return {
        body: await listRuns(deps.database, { limit, cursor, ...(status ? { statuses: status } : {}) }),
      };
    },
  }),
];
