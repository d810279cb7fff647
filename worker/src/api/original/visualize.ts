import { z } from 'zod';
import { chamberStepsSchema } from '@dtdqm/contract';
import { requireExplainer, chamberParamsSchema, chamberPath } from '../chambers.ts';
import { loadChamber } from '../chamberData.ts';
import { defineRoute, type Route } from '../route.ts';

export const visualizeRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: `/visualize/${chamberPath}`,
    tag: 'Original tool',
    summary: 'How the score of a chamber comes about, step by step; browsers get the page of the workbench',
    role: 'viewer',
    params: chamberParamsSchema,
    query: z.object({ format: z.literal('json', { error: 'must be json' }).optional() }),
    answers: {
      200: { description: 'The steps, layer by layer', schema: chamberStepsSchema },
      404: { description: 'The run, the chamber or its scores are not there; the message says which' },
      409: { description: 'The model that scored the run is not at hand here' },
    },
    async handle({ params, deps, ctx }) {
      ctx.vary('Accept');
      const { model = '', matrix } = await loadChamber(deps.database, params);
      return { body: await requireExplainer(deps, model).steps(params, matrix) };
    },
  }),
];
