import { z } from 'zod';
import { chamberStepsSchema, noWire, type ChamberData } from '@dtdqm/contract';
import { stepsSvg } from '@dtdqm/detector/stepsSvg';
import { requireExplainer, chamberParamsSchema, chamberPath, storedMethod } from '../chambers.ts';
import { loadChamber } from '../chamberData.ts';
import type { RouteDeps } from '../deps.ts';
import { Html } from '../pages/html.ts';
import { htmlAnswer } from '../pages/routes.ts';
import { saliencyPage } from '../pages/saliencyPage.ts';
import { defineRoute, type Answer, type Route } from '../route.ts';

const formats = ['json', 'svg', 'html'] as const;

export const visualizeRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: `/visualize/${chamberPath}`,
    tag: 'Original tool',
    summary: 'How the score of a chamber comes about, step by step: JSON, a picture, or a page for browsers',
    role: 'viewer',
    params: chamberParamsSchema,
    query: z.object({
      format: z.enum(formats, { error: `must be one of ${formats.join(', ')}` }).optional(),
    }),
    answers: {
      200: { description: 'The steps, layer by layer', schema: chamberStepsSchema },
      404: { description: 'The run, the chamber or its scores are not there; the message says which' },
      409: { description: 'The model that scored the run is not at hand here; the page says what is stored' },
    },
    async handle({ params, query, deps, ctx }) {
      // Who takes anything gets data, as programs do; browsers say that they like a page best.
      const format = query.format ?? (ctx.accepts(['json', 'html']) || 'json');
      ctx.vary('Accept');
      const data = await loadChamber(deps.database, params);
      if (format === 'html') return page(deps, params, data);
      const steps = await requireExplainer(deps, data.model ?? '').steps(params, data.matrix);
      if (format === 'svg') return { body: stepsSvg(params, params.run, steps), type: 'image/svg+xml' };
      return { body: steps };
    },
  }),
];

async function page(
  { database, explainer }: RouteDeps,
  chamber: z.output<typeof chamberParamsSchema>,
  data: ChamberData,
): Promise<Answer> {
  const { model = '', matrix } = data;
  const steps = explainer?.model() === model ? await explainer.steps(chamber, matrix) : undefined;
  const stored = {
    method: await storedMethod(database, model),
    saliency: data.saliency.map((row) => row.map((value) => (value === noWire ? noWire : Math.abs(value)))),
  };
  const picture = steps && new Html(stepsSvg(chamber, chamber.run, steps));
  return htmlAnswer(saliencyPage(chamber, data, stored, picture));
}
