import { chamberDataSchema } from '@dtdqm/contract';
import { defineRoute, type Route } from '../route.ts';
import { loadChamber } from './load.ts';
import { chamberParamsSchema, chamberPath } from './schema.ts';

export const chamberRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: `/data/${chamberPath}`,
    tag: 'Original tool',
    summary: 'One chamber: hits, scores, saliency and the label in force',
    role: 'viewer',
    params: chamberParamsSchema,
    answers: { 200: { description: 'The chamber', schema: chamberDataSchema } },
    async handle({ params, deps }) {
      return { body: await loadChamber(deps.database, params) };
    },
  }),
];
