import { z } from 'zod';
import { Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';

const healthSchema = z.object({ status: z.literal('ok') });
const ok = { body: { status: 'ok' }, headers: { 'Cache-Control': 'no-store' } };

export const healthRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/healthz/live',
    tag: 'Health',
    summary: 'The process runs and answers',
    role: null,
    answers: { 200: { description: 'It does', schema: healthSchema } },
    handle: () => ok,
  }),
  defineRoute({
    method: 'get',
    path: '/healthz/ready',
    tag: 'Health',
    summary: 'The database answers, so that requests can be served',
    role: null,
    answers: {
      200: { description: 'It does', schema: healthSchema },
      503: { description: 'It does not' },
    },
    async handle({ deps }) {
      try {
        await deps.database.query('select 1');
      } catch (cause) {
        throw new Problem(503, 'database-unavailable', 'the database does not answer', { cause });
      }
      return ok;
    },
  }),
];
