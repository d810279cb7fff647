import { z } from 'zod';
import { modelActListSchema, modelListSchema, modelSchema, type Model } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { listActs, modelInUse } from '../../storage/modelChoice/acts.ts';
import { listModels } from '../../storage/models.ts';
import { notFound } from '../problem.ts';
import { modelChoiceRoutes } from './choose.ts';
import { defineRoute, type Route } from '../route.ts';

const tag = 'Models';

export const modelRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/models',
    tag,
    summary: 'Models that have scored runs or were trained to, newest first, and which is in use',
    role: 'viewer',
    answers: { 200: { description: 'All of them', schema: modelListSchema } },
    async handle({ deps }) {
      const [models, inUse] = await Promise.all([modelsWithRuns(deps.database), modelInUse(deps.database)]);
      return { body: { models, inUse } };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/api/v1/models/acts',
    tag,
    summary: 'What was trained, promoted, rolled back to, pinned and unpinned, the newest hundred first',
    role: 'viewer',
    answers: { 200: { description: 'The acts, with the reports of trainings', schema: modelActListSchema } },
    async handle({ deps }) {
      const acts = await listActs(deps.database);
      return { body: { acts: acts.map(({ at, ...act }) => ({ ...act, at: at.toISOString() })) } };
    },
  }),
  ...modelChoiceRoutes,
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
