import { z } from 'zod';
import {
  errorSchema,
  incidentActSchema,
  incidentDetailSchema,
  incidentListSchema,
  incidentQuerySchema,
  wholeNumberSchema,
} from '@dtdqm/contract';
import { actOnIncident } from '../../storage/incidents/act.ts';
import { getIncident, listIncidents, newestLedgerRun } from '../../storage/incidents/read.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Answer, type Route } from '../route.ts';
import { answerIncidentErrors } from './problem.ts';
import { reportRoutes } from './reportRoutes.ts';

const tag = 'Incidents';
const rule = 'must be the number of an incident';
const paramsSchema = z.object({
  incident: wholeNumberSchema(rule).refine((id) => id >= 1 && id <= 2_147_483_647, { error: rule }),
});

async function detailOf(deps: ApiDeps, incident: number): Promise<Answer> {
  const detail = await getIncident(deps.database, incident);
  if (detail === null) throw notFound(`there is no incident ${incident}`);
  return { body: detail };
}

export const incidentRoutes: readonly Route[] = [
  ...reportRoutes,
  defineRoute({
    method: 'get',
    path: '/api/v1/incidents',
    tag,
    summary: 'Incidents, the worst first, then the newest; those that have healed only when asked for',
    role: 'viewer',
    query: incidentQuerySchema,
    answers: { 200: { description: 'Incidents', schema: incidentListSchema } },
    async handle({ query: { state, ...rest }, deps }) {
      const incidents = await listIncidents(deps.database, { states: state, ...rest });
      return { body: { incidents, asOfRun: await newestLedgerRun(deps.database) } };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/incidents/:incident',
    tag,
    summary: 'One incident with its history',
    role: 'viewer',
    params: paramsSchema,
    answers: {
      200: { description: 'The incident', schema: incidentDetailSchema },
      404: { description: 'There is no such incident', schema: errorSchema },
    },
    handle: ({ params, deps }) => detailOf(deps, params.incident),
  }),
  defineRoute({
    method: 'post',
    path: '/api/v1/incidents/:incident/acts',
    tag,
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
      await answerIncidentErrors(actOnIncident(deps.database, caller.name, params.incident, body));
      return detailOf(deps, params.incident);
    },
  }),
];
