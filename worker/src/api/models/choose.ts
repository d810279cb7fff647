import { z } from 'zod';
import { errorSchema, modelChoiceSchema, modelInUseSchema, type ModelInUse } from '@dtdqm/contract';
import {
  ModelChoiceError,
  pinModel,
  promoteModel,
  rollBackModel,
  type Chooser,
} from '../../learning/retrain/choose.ts';
import { defaultModelFolder } from '@dtdqm/detector/model/location';
import { Problem } from '../problem.ts';
import { defineRoute, type Call, type Route } from '../route.ts';

const common = {
  method: 'post',
  tag: 'Models',
  role: 'admin',
  body: modelChoiceSchema,
  bodyOptional: true,
  answers: {
    200: { description: 'What is in use now; workers go over to it within seconds', schema: modelInUseSchema },
    409: { description: 'The choice cannot be made; the message says why', schema: errorSchema },
  },
} as const;

async function choose(
  { caller, deps, body }: Pick<Call<unknown, unknown, z.output<typeof modelChoiceSchema>>, 'caller' | 'deps' | 'body'>,
  act: (chooser: Chooser) => Promise<ModelInUse>,
) {
  const { database, config } = deps;
  const configured = config.modelDirectory ?? (await defaultModelFolder());
  try {
    return { body: await act({ database, actor: caller.name, reason: body.reason, configured }) };
  } catch (error) {
    if (!(error instanceof ModelChoiceError)) throw error;
    throw new Problem(409, 'model-not-chosen', error.message, { cause: error });
  }
}

export const modelChoiceRoutes: readonly Route[] = [
  defineRoute({
    ...common,
    path: '/api/v1/models/rollback',
    summary: 'Put the model back in use that was in use before',
    handle: (call) => choose(call, rollBackModel),
  }),
  defineRoute({
    ...common,
    path: '/api/v1/models/pin',
    summary: 'Keep retraining from changing the model in use',
    handle: (call) => choose(call, (chooser) => pinModel(chooser, true)),
  }),
  defineRoute({
    ...common,
    path: '/api/v1/models/unpin',
    summary: 'Let retraining change the model in use again',
    handle: (call) => choose(call, (chooser) => pinModel(chooser, false)),
  }),
  defineRoute({
    ...common,
    path: '/api/v1/models/:name/promote',
    summary: 'Put a registered model in use, whatever the gate said of it',
    params: z.object({ name: z.string().max(200) }),
    handle: (call) => choose(call, (chooser) => promoteModel(chooser, call.params.name)),
  }),
];
