import { z } from 'zod';
import {
  certificationDraftSchema,
  errorSchema,
  incidentReportQuerySchema,
  incidentReportSchema,
  runNumberSchema,
} from '@dtdqm/contract';
import { reportMarkdown } from '../../incidents/report/reportMarkdown.ts';
import { runLinks } from '../../incidents/report/links.ts';
import { certificationOf, reportSince, type Since } from '../../storage/incidents/report.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';

const tag = 'Incidents';

function sinceOf({ run, at }: { run?: number | undefined; at?: string | undefined }): Since {
  return run === undefined ? { at: at ?? '' } : { run };
}

/** They stand before `/incidents/:incident`, which would take their paths. */
export const reportRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/incidents/report',
    tag,
    summary: 'The morning report: what is new, known and healed since a run or a moment',
    role: 'viewer',
    query: incidentReportQuerySchema,
    answers: { 200: { description: 'The report', schema: incidentReportSchema } },
    async handle({ query, deps }) {
      return { body: await reportSince(deps.database, sinceOf(query)) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/incidents/report.md',
    tag,
    summary: 'The morning report as Markdown',
    role: 'viewer',
    query: incidentReportQuerySchema,
    answers: { 200: { description: 'The report', type: 'text/markdown' } },
    async handle({ query, deps }) {
      const report = await reportSince(deps.database, sinceOf(query));
      return { body: reportMarkdown(report), type: 'text/markdown' };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/:run/certification',
    tag,
    summary: 'Draft of what to say of a run when certifying it, for a person to sign',
    role: 'viewer',
    params: z.object({ run: runNumberSchema }),
    answers: {
      200: { description: 'The draft, as data and as text', schema: certificationDraftSchema },
      404: { description: 'The run is not stored', schema: errorSchema },
    },
    async handle({ params: { run }, deps }) {
      const draft = await certificationOf(deps.database, run, runLinks(run, deps.config.grafanaUrl));
      if (draft === null) throw notFound(`run ${run} is not stored`);
      return { body: draft };
    },
  }),
];
