import { noWire, saliencyMethodNames } from '@dtdqm/contract';
import { loadChamber } from '../chambers/load.ts';
import { chamberParamsSchema, chamberPath } from '../chambers/schema.ts';
import { storedMethod } from '../chambers/storedMethod.ts';
import { htmlAnswer } from '../pages/routes.ts';
import { saliencyPage } from '../pages/saliencyPage.ts';
import { defineRoute, type Route } from '../route.ts';

export const visualizeRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: `/visualize/${chamberPath}`,
    tag: 'Original tool',
    summary:
      'How the score of a chamber comes about: hits, then attributions by every method that is at hand',
    role: 'viewer',
    page: true,
    params: chamberParamsSchema,
    answers: { 200: { description: 'A page', type: 'text/html' } },
    async handle({ params, deps }) {
      const data = await loadChamber(deps.database, params);
      const model = data.model ?? '';
      const stored = await storedMethod(deps.database, model);
      const others = saliencyMethodNames.filter((method) => method !== stored);
      const steps = [{ method: stored, saliency: data.saliency }];
      for (const method of others) {
        const saliency = await deps.explain?.(model, params, data.matrix, method);
        if (saliency !== undefined) steps.push({ method, saliency });
      }
      const absolute = steps.map(({ method, saliency }) => ({
        method,
        saliency: saliency.map((row) => row.map((value) => (value === noWire ? noWire : Math.abs(value)))),
      }));
      return htmlAnswer(saliencyPage(params, data, absolute));
    },
  }),
];
