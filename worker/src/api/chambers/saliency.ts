import { z } from 'zod';
import { chamberSaliencySchema, saliencyMethodNames } from '@dtdqm/contract';
import { requireExplainer } from './explainer.ts';
import { defineRoute, type Route } from '../route.ts';
import { loadChamber } from './load.ts';
import { storedMethod } from './storedMethod.ts';
import { chamberParamsSchema } from './schema.ts';

const querySchema = z.strictObject({
  method: z
    .enum(saliencyMethodNames, { error: `must be one of ${saliencyMethodNames.join(', ')}` })
    .optional(),
});

/** @param path of one chamber. */
export function saliencyRoutes(path: string): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: `${path}/saliency`,
      tag: 'Chambers',
      summary: 'What every wire contributed to the scores, by the method that is stored or another one',
      role: 'viewer',
      params: chamberParamsSchema,
      query: querySchema,
      answers: {
        200: { description: 'Attribution per wire', schema: chamberSaliencySchema },
        404: { description: 'The run, the chamber or its scores are not there; the message says which' },
        409: { description: 'Another method needs the model that scored the run, which is not at hand here' },
      },
      async handle({ params, query, deps }) {
        const data = await loadChamber(deps.database, params);
        const model = data.model ?? '';
        const stored = await storedMethod(deps.database, model);
        const method = query.method ?? stored;
        if (method === stored) return { body: { model, method, saliency: data.saliency } };
        const explainer = requireExplainer(deps, model);
        return {
          body: { model, method, saliency: await explainer.saliency(params, data.matrix, method) },
        };
      },
    }),
  ];
}
