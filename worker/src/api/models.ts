import { z } from 'zod';
import {
  errorSchema,
  modelChoiceSchema,
  modelInUseSchema,
  type ModelInUse,
  modelActListSchema,
  modelListSchema,
  modelPreviewSchema,
  modelNameSchema,
  modelSchema,
  type Model,
} from '@dtdqm/contract';
import {
  pinModel,
  promoteModel,
  refuseModel,
  rollBackModel,
  type Chooser,
} from '../learning/retrain/modelChoice.ts';
import { previewFor } from '../learning/preview/words.ts';
import { defaultModelFolder } from '@dtdqm/detector';
import { notFound } from './problem.ts';
import { defineRoutes, type Call, type Route } from './route.ts';
import type { Queryable } from '../storage/database.ts';
import { mayAct } from './auth.ts';
import { listActs, modelInUse, listModels, refusedModels } from '../storage/models.ts';

const { get, post } = defineRoutes('Models');

const common = {
  role: 'admin',
  body: modelChoiceSchema,
  bodyOptional: true,
  answers: {
    200: {
      description: 'What is in use now; workers go over to it within seconds',
      schema: modelInUseSchema,
    },
    409: { description: 'The choice cannot be made; the message says why', schema: errorSchema },
    422: { description: 'The idempotency key came before with another request', schema: errorSchema },
  },
} as const;

async function choose(
  {
    caller,
    deps,
    body,
  }: Pick<Call<unknown, unknown, z.output<typeof modelChoiceSchema>>, 'caller' | 'deps' | 'body'>,
  act: (chooser: Chooser) => Promise<ModelInUse>,
) {
  const { database, config } = deps;
  const configured = config.modelDirectory ?? (await defaultModelFolder());
  return { body: await act({ database, actor: caller.name, ...body, configured }) };
}

export const modelRoutes: readonly Route[] = [
  get('/api/v1/models', {
    summary: 'Models that have scored runs or were trained to, newest first, and which is in use',
    role: 'viewer',
    answers: { 200: { description: 'All of them', schema: modelListSchema } },
    async handle({ deps, caller }) {
      const [models, inUse] = await Promise.all([modelsWithRuns(deps.database), modelInUse(deps.database)]);
      return { body: { models, inUse, mayChoose: mayAct(caller, common.role) } };
    },
  }),
  get('/api/v1/models/acts', {
    summary:
      'What was trained, promoted, rolled back to, refused, pinned and unpinned, the newest hundred first',
    role: 'viewer',
    answers: { 200: { description: 'The acts, with the reports of trainings', schema: modelActListSchema } },
    async handle({ deps }) {
      const acts = await listActs(deps.database);
      return { body: { acts: acts.map(({ at, ...act }) => ({ ...act, at: at.toISOString() })) } };
    },
  }),
  get('/api/v1/models/preview', {
    summary: 'What the labels in force would do to the verdicts of the newest runs; it changes none of them',
    role: 'viewer',
    answers: {
      200: {
        description:
          'As it was last worked out, in words too, with what it does not know; without the chambers that the caller has as random draws',
        schema: modelPreviewSchema,
      },
    },
    async handle({ deps, caller }) {
      return { body: await previewFor(deps.database, caller.name) };
    },
  }),
  post('/api/v1/models/rollback', {
    ...common,
    summary: 'Put the model back in use that was in use before',
    handle: (call) => choose(call, rollBackModel),
  }),
  post('/api/v1/models/pin', {
    ...common,
    summary: 'Keep retraining from changing the model in use',
    handle: (call) => choose(call, (chooser) => pinModel(chooser, true)),
  }),
  post('/api/v1/models/unpin', {
    ...common,
    summary: 'Let retraining change the model in use again',
    handle: (call) => choose(call, (chooser) => pinModel(chooser, false)),
  }),
  post('/api/v1/models/:name/promote', {
    ...common,
    summary: 'Put a registered model in use, whatever the gate said of it',
    params: z.object({ name: modelNameSchema }),
    handle: (call) => choose(call, (chooser) => promoteModel(chooser, call.params.name)),
  }),
  post('/api/v1/models/:name/refuse', {
    ...common,
    summary:
      'Do not offer a model again: nobody rolls back to it, and no retraining puts the same weights in use',
    params: z.object({ name: modelNameSchema }),
    handle: (call) => choose(call, (chooser) => refuseModel(chooser, call.params.name)),
  }),
  get('/api/v1/models/:name', {
    summary: 'One model; its name is `<name>@<version>`',
    role: 'viewer',
    params: z.object({ name: modelNameSchema }),
    answers: {
      200: { description: 'The model', schema: modelSchema },
      404: { description: 'Not known here' },
    },
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
  const refused = await refusedModels(db);
  const runs = new Map(rows.map(({ model, runs: count }) => [model, count]));
  return (await listModels(db)).map(({ registeredAt, ...model }) => ({
    ...model,
    registeredAt: registeredAt.toISOString(),
    runs: runs.get(model.name) ?? 0,
    refused: refusalOf(refused.get(model.name)),
  }));
}

function refusalOf(refusal: { actor: string; at: Date; reason: string } | undefined): Model['refused'] {
  if (refusal === undefined) return null;
  const { actor: by, at, reason } = refusal;
  return { by, at: at.toISOString(), reason };
}
