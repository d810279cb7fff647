import { z } from 'zod';
import { runNumberSchema } from '@dtdqm/contract';
import { getRun } from '../../storage/runs.ts';
import { readFormBody } from '../http/readBody.ts';
import { Problem } from '../problem.ts';
import { defineRoute, type Call, type Route } from '../route.ts';
import { validate } from '../validate.ts';
import { runParamsSchema } from './lists.ts';

const tag = 'Original tool';
const askedSchema = z.object({ run: z.int(), status: z.literal('asked') });

export const fetchRoutes: readonly Route[] = [
  defineRoute({
    method: 'post',
    path: '/fetch/:run',
    tag,
    summary: 'Pull a run that is not stored yet',
    role: 'admin',
    params: runParamsSchema,
    answers: {
      202: { description: 'The workers were asked', schema: askedSchema },
      409: { description: 'The run is stored already' },
    },
    async handle({ params, deps }) {
      await askFor(params.run, deps);
      return { status: 202, body: { run: params.run, status: 'asked' } };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/fetch',
    tag,
    summary: 'What the form of the original’s page sends',
    role: 'admin',
    page: true,
    streams: ['application/x-www-form-urlencoded'],
    answers: { 303: { description: 'To the page of the run' } },
    async handle({ deps, ctx }) {
      const { run } = validate(z.object({ run: runNumberSchema }), await readFormBody(ctx, 1000));
      await askFor(run, deps);
      return { status: 303, headers: { Location: '/fetch/' } };
    },
  }),
];

async function askFor(run: number, { database, control }: Call<never, never, never>['deps']): Promise<void> {
  if ((await getRun(database, run)) !== null) {
    throw new Problem(409, 'run-exists', `run ${run} is stored already`);
  }
  await control.enqueue(run);
}
