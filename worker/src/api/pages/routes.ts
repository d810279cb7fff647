import { z } from 'zod';
import { runNumberSchema } from '@dtdqm/contract';
import { getRun, listRuns } from '../../storage/runs.ts';
import { loadChamber, listChamberSummaries } from '../chamberData.ts';
import { chamberParamsSchema, chamberPath } from '../chambers.ts';
import { runCursorSchema } from '../paging.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Answer, type Route } from '../route.ts';
import { chamberPage } from './chamberPage.ts';
import { runPage } from './runPage.ts';
import { runsPage } from './runsPage.ts';

const pageSpec = { 200: { description: 'A page', type: 'text/html' } };

export function htmlAnswer(text: string): Answer {
  return { body: text, type: 'html', headers: { 'Cache-Control': 'no-cache' } };
}

const runs = (path: string) =>
  defineRoute({
    method: 'get',
    path,
    tag: 'Pages',
    summary: 'Runs, newest first',
    role: 'viewer',
    page: true,
    query: z.object({ cursor: runCursorSchema.optional() }),
    answers: pageSpec,
    async handle({ query, deps }) {
      const list = await listRuns(deps.database, { limit: 50, cursor: query.cursor ?? null });
      return htmlAnswer(runsPage(list.runs, list.nextCursor));
    },
  });

export const pageRoutes: readonly Route[] = [
  runs('/'),
  runs('/eval'),
  defineRoute({
    method: 'get',
    path: '/eval/:run',
    tag: 'Pages',
    summary: 'All chambers of one run',
    role: 'viewer',
    page: true,
    params: z.object({ run: runNumberSchema }),
    answers: pageSpec,
    async handle({ params, deps }) {
      const run = await getRun(deps.database, params.run);
      if (run === null) throw notFound(`run ${params.run} is not stored`);
      return htmlAnswer(runPage(run, await listChamberSummaries(deps.database, params.run)));
    },
  }),
  defineRoute({
    method: 'get',
    path: `/eval/${chamberPath}`,
    tag: 'Pages',
    summary: 'One chamber, drawn',
    role: 'viewer',
    page: true,
    params: chamberParamsSchema,
    answers: pageSpec,
    async handle({ params, deps }) {
      return htmlAnswer(chamberPage(params, await loadChamber(deps.database, params)));
    },
  }),
];
