import { z } from 'zod';
import {
  chamberDataSchema,
  chamberFaultsSchema,
  chamberHistorySchema,
  chamberScoresSchema,
  wholeNumberSchema,
} from '@dtdqm/contract';
import { etagAnswer } from '../http/etag.ts';
import { defineRoute, type Route } from '../route.ts';
import { scoresByModel, scoresByRun } from './byModel.ts';
import { loadChamber } from './load.ts';
import { saliencyRoutes } from './saliency.ts';
import { chamberParamsSchema, chamberPath } from './schema.ts';
import { stepsRoutes } from './steps.ts';
import { chamberVersion } from './version.ts';

const tag = 'Chambers';
const path = `/api/v1/chambers/${chamberPath}`;
const missing = { description: 'The run, the chamber or its scores are not there; the message says which' };

const depthRule = 'must be a whole number from 1 to 500';
const historyQuerySchema = z.strictObject({
  limit: wholeNumberSchema(depthRule)
    .refine((limit) => limit >= 1 && limit <= 500, { error: depthRule })
    .default(30),
});

/** The path of the original tool, and our own. */
const wholeChamber = (address: string, under: string) =>
  defineRoute({
    method: 'get',
    path: address,
    tag: under,
    summary: 'One chamber: hits, scores, saliency, faults and the label in force',
    role: 'viewer',
    params: chamberParamsSchema,
    answers: { 200: { description: 'The chamber', schema: chamberDataSchema }, 404: missing },
    async handle({ params, deps, ctx }) {
      return etagAnswer(ctx, await chamberVersion(deps.database, params), () =>
        loadChamber(deps.database, params),
      );
    },
  });

export const chamberRoutes: readonly Route[] = [
  wholeChamber(`/data/${chamberPath}`, 'Original tool'),
  wholeChamber(path, tag),
  defineRoute({
    method: 'get',
    path: `${path}/scores`,
    tag,
    summary: 'Scores of a chamber by every model that has scored it',
    role: 'viewer',
    params: chamberParamsSchema,
    answers: { 200: { description: 'Newest model first', schema: chamberScoresSchema }, 404: missing },
    async handle({ params, deps }) {
      const models = await scoresByModel(deps.database, params);
      if (models.length === 0) await loadChamber(deps.database, params);
      return { body: { models } };
    },
  }),
  defineRoute({
    method: 'get',
    path: `${path}/faults`,
    tag,
    summary: 'Faults found in a chamber',
    role: 'viewer',
    params: chamberParamsSchema,
    answers: {
      200: { description: 'None is good news', schema: chamberFaultsSchema },
      404: missing,
    },
    async handle({ params, deps }) {
      const { model = '', faults = [] } = await loadChamber(deps.database, params);
      return { body: { model, faults } };
    },
  }),
  defineRoute({
    method: 'get',
    path: `${path}/history`,
    tag,
    summary: 'Scores of the chamber in recent runs up to that one',
    role: 'viewer',
    params: chamberParamsSchema,
    query: historyQuerySchema,
    answers: {
      200: {
        description: 'Newest run first; runs without the chamber are left out',
        schema: chamberHistorySchema,
      },
    },
    async handle({ params, query, deps }) {
      return { body: { runs: await scoresByRun(deps.database, params, query.limit) } };
    },
  }),
  ...saliencyRoutes(path),
  ...stepsRoutes(path),
];
