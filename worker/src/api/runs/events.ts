import { z } from 'zod';
import { runEventSchema, runNumberSchema } from '@dtdqm/contract';
import { getRun } from '../../storage/runs.ts';
import { Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { eventStream } from '../stream/eventStream.ts';

/** Each keeps a connection; more than this many displays are a mistake. */
const mostStreams = 500;

export const runEventRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/api/v1/runs/events',
    tag: 'Runs',
    summary:
      'What happens to runs, as server-sent events; with `run`, that run alone, beginning with how it is now',
    role: 'viewer',
    query: z.strictObject({ run: runNumberSchema.optional() }),
    answers: {
      200: { description: 'Events without end', type: 'text/event-stream', schema: runEventSchema },
    },
    async handle({ query: { run: wanted }, deps, ctx, signal }) {
      if (deps.runEvents.subscribers >= mostStreams) {
        throw new Problem(503, 'too-many-streams', 'too many event streams are open', {
          headers: { 'Retry-After': '10' },
        });
      }
      const now = wanted === undefined ? undefined : await getRun(deps.database, wanted);
      return eventStream(ctx, signal, (stream) => {
        if (wanted !== undefined && now !== undefined) {
          stream.send('run', { type: 'run', number: wanted, run: now });
        }
        return deps.runEvents.subscribe((event) => {
          if (wanted !== undefined && event.type !== 'resync' && event.number !== wanted) return;
          stream.send(event.type, event);
        });
      });
    },
  }),
];
