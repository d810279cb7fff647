import { z } from 'zod';
import { modelListSchema, modelSchema, type Model } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { listModels } from '../../storage/models.ts';
import { notFound } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';

const tag = 'Models';

export const modelRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/models',
    tag,
    summary: 'Models that have scored runs, newest first',
    role: 'viewer',
    answers: { 200: { description: 'All of them', schema: modelListSchema } },
    async handle({ deps }) {
      return { body: { models: await modelsWithRuns(deps.database) } };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/models/:name',
    tag,
    summary: 'One model; its name is `<name>@<version>`',
    role: 'viewer',
    params: z.object({ name: z.string().max(200) }),
    answers: { 200: { description: 'The model', schema: modelSchema }, 404: { description: 'Not known here' } },
    async handle({ params, deps }) {
      const model = (await modelsWithRuns(deps.database)).find(({ name }) => name === params.name);
      if (model === undefined) throw notFound(`model ${params.name} has not scored anything here`);
      return { body: model };
    },
  }),
];

async function modelsWithRuns(db: Queryable): Promise<Model[]> {
  const { rows } = await db.query<{ model: string; runs: number }>(
    'select model, count(*)::integer as runs from run where model is not null group by model',
  );
  const runs = new Map(rows.map(({ model, runs: count }) => [model, count]));
  return (await listModels(db)).map(({ registeredAt, ...model }) => ({
    ...model,
    registeredAt: registeredAt.toISOString(),
    runs: runs.get(model.name) ?? 0,
  }));
}
