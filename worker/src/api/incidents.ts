import { notFound } from './problem.ts';
import { z } from 'zod';
import {
  certificationDraftSchema,
  errorSchema,
  greatestInteger,
  incidentReportQuerySchema,
  incidentReportSchema,
  incidentActSchema,
  incidentDetailSchema,
  incidentListSchema,
  incidentQuerySchema,
  wholeNumberSchema,
} from '@dtdqm/contract';
import { reportMarkdown, runLinks } from '../incidents/report.ts';
import { actOnIncident } from '../storage/incidents/acts.ts';
import {
  certificationOf,
  getIncident,
  listIncidents,
  newestLedgerRun,
  reportSince,
  type Since,
} from '../storage/incidents/read.ts';
import { defineRoutes, type Answer, type ApiDeps, type Route } from './route.ts';
import { runParamsSchema } from './runs.ts';

const { get, post } = defineRoutes('Incidents');

const paramsSchema = z.object({
  incident: wholeNumberSchema(1, greatestInteger, 'must be the number of an incident'),
});

/** The report stands before `/incidents/:incident`, which would take its path for a number. */
export const incidentRoutes: readonly Route[] = [
  get('/api/v1/incidents/report', {
    summary: 'The morning report: what is new, known and healed since a run or a moment',
    role: 'viewer',
    query: incidentReportQuerySchema,
    answers: { 200: { description: 'The report', schema: incidentReportSchema } },
    handle: async ({ query, deps }) => ({ body: await reportSince(deps.database, sinceOf(query)) }),
  }),
  get('/api/v1/incidents/report.md', {
    summary: 'The morning report as Markdown',
    role: 'viewer',
    query: incidentReportQuerySchema,
    answers: { 200: { description: 'The report', type: 'text/markdown' } },
    async handle({ query, deps }) {
      const report = await reportSince(deps.database, sinceOf(query));
      return { body: reportMarkdown(report), type: 'text/markdown' };
    },
  }),
  get('/api/v1/runs/:run/certification', {
    summary: 'Draft of what to say of a run when certifying it, for a person to sign',
    role: 'viewer',
    params: runParamsSchema,
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
  get('/api/v1/incidents', {
    summary: 'Incidents, the worst first, then the newest; those that have healed only when asked for',
    role: 'viewer',
    query: incidentQuerySchema,
    answers: { 200: { description: 'Incidents', schema: incidentListSchema } },
    async handle({ query: { state, ...rest }, deps }) {
      const incidents = await listIncidents(deps.database, { states: state, ...rest });
      return { body: { incidents, asOfRun: await newestLedgerRun(deps.database) } };
    },
  }),
  get('/api/v1/incidents/:incident', {
    summary: 'One incident with its history',
    role: 'viewer',
    params: paramsSchema,
    answers: {
      200: { description: 'The incident', schema: incidentDetailSchema },
      404: { description: 'There is no such incident', schema: errorSchema },
    },
    handle: ({ params, deps }) => detailOf(deps, params.incident),
  }),
  post('/api/v1/incidents/:incident/acts', {
    summary:
      'Acknowledge, shelve, comment on, link, merge or split an incident, or say that it is known to be bad',
    role: 'editor',
    params: paramsSchema,
    body: incidentActSchema,
    answers: {
      200: { description: 'The incident after it; the same for every repeat', schema: incidentDetailSchema },
      404: { description: 'There is no such incident', schema: errorSchema },
      409: { description: 'It makes no sense for this incident as it is now', schema: errorSchema },
      422: { description: 'The idempotency key came before with another body', schema: errorSchema },
    },
    async handle({ params, body, caller, deps }) {
      await actOnIncident(deps.database, caller.name, params.incident, body);
      return detailOf(deps, params.incident);
    },
  }),
];

function sinceOf({ run, at }: { run?: number | undefined; at?: string | undefined }): Since {
  return run === undefined ? { at: at ?? '' } : { run };
}

async function detailOf(deps: ApiDeps, incident: number): Promise<Answer> {
  const detail = await getIncident(deps.database, incident);
  if (detail === null) throw notFound(`there is no incident ${incident}`);
  return { body: detail };
}
