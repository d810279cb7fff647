import { chamberStepsSchema } from '@dtdqm/contract';
import { defineRoute, type Route } from '../route.ts';
import { requireExplainer } from './explainer.ts';
import { loadChamber } from './load.ts';
import { chamberParamsSchema } from './schema.ts';

/** @param path of one chamber. */
export function stepsRoutes(path: string): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: `${path}/steps`,
      tag: 'Chambers',
      summary: 'Every step from the hits of a chamber to its scores, and back to its wires',
      role: 'viewer',
      params: chamberParamsSchema,
      answers: {
        200: { description: 'The steps, layer by layer', schema: chamberStepsSchema },
        404: { description: 'The run, the chamber or its scores are not there; the message says which' },
        409: { description: 'The model that scored the run is not at hand here' },
      },
      async handle({ params, deps }) {
        const { model = '', matrix } = await loadChamber(deps.database, params);
        return { body: await requireExplainer(deps, model).steps(params, matrix) };
      },
    }),
  ];
}
