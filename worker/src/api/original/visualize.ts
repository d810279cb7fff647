import { noWire } from '@dtdqm/contract';
import { stepsSvg } from '../../scoring/stepsSvg.ts';
import { loadChamber } from '../chambers/load.ts';
import { chamberParamsSchema, chamberPath } from '../chambers/schema.ts';
import { storedMethod } from '../chambers/storedMethod.ts';
import { Html } from '../pages/html.ts';
import { htmlAnswer } from '../pages/routes.ts';
import { saliencyPage } from '../pages/saliencyPage.ts';
import { defineRoute, type Route } from '../route.ts';

export const visualizeRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: `/visualize/${chamberPath}`,
    tag: 'Original tool',
    summary: 'How the score of a chamber comes about, step by step where the model is at hand',
    role: 'viewer',
    page: true,
    params: chamberParamsSchema,
    answers: { 200: { description: 'A page', type: 'text/html' } },
    async handle({ params, deps }) {
      const data = await loadChamber(deps.database, params);
      const { model = '', matrix } = data;
      const { explainer } = deps;
      const steps = explainer?.model() === model ? await explainer.steps(params, matrix) : undefined;
      const stored = {
        method: await storedMethod(deps.database, model),
        saliency: data.saliency.map((row) =>
          row.map((value) => (value === noWire ? noWire : Math.abs(value))),
        ),
      };
      const picture = steps && new Html(stepsSvg(params, params.run, steps));
      return htmlAnswer(saliencyPage(params, data, stored, picture));
    },
  }),
];
