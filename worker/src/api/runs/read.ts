import { runChambersSchema, runListSchema, runSchema, type Run } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { getRun, listRuns } from '../../storage/runs.ts';
import { listChamberSummaries } from '../chambers/overview.ts';
import { etagAnswer } from '../http/etag.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { runListQuerySchema, runParamsSchema } from './schema.ts';

const tag = 'Runs';

export const runReadRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/runs',
    tag,
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
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/:run',
    tag,
    summary: 'One run',
    role: 'viewer',
    params: runParamsSchema,
    answers: {
      200: { description: 'The run', schema: runSchema },
      404: { description: 'It is not stored' },
    },
    async handle({ params, deps }) {
      return { body: await requireRun(deps.database, params.run) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/:run/chambers',
    tag,
    summary: 'Every chamber of a run in a line, by wheel, station, sector',
    role: 'viewer',
    params: runParamsSchema,
    answers: {
      200: { description: 'The chambers; none while the run is first loading', schema: runChambersSchema },
      404: { description: 'The run is not stored' },
    },
    async handle({ params, deps, ctx }) {
      const run = await requireRun(deps.database, params.run);
      return etagAnswer(ctx, [run.updatedAt, run.model], async () => ({
        run: run.run,
        chambers: await listChamberSummaries(deps.database, run.run),
      }));
    },
  }),
];

/** @throws {Problem} 404 when the run is not stored. */
export async function requireRun(db: Queryable, run: number): Promise<Run> {
  const stored = await getRun(db, run);
  if (stored === null) throw notFound(`run ${run} is not stored`);
  return stored;
}
