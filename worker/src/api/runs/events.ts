import { z } from 'zod';
import { runEventSchema, runNumberSchema } from '@dtdqm/contract';
import { getRun } from '../../storage/runs.ts';
import type { RouteDeps } from '../deps.ts';
import { Problem } from '../problem.ts';
import { defineRoute, type Route } from '../route.ts';
import { eventStream, type EventStream } from '../stream/eventStream.ts';

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
    handle({ query: { run: wanted }, deps, ctx, signal }) {
      if (deps.runEvents.subscribers >= mostStreams) {
        throw new Problem(503, 'too-many-streams', 'too many event streams are open', {
          headers: { 'Retry-After': '10' },
        });
      }
      return eventStream(ctx, signal, (stream) => {
        const end = deps.runEvents.subscribe((event) => {
          if (wanted !== undefined && event.type !== 'resync' && event.number !== wanted) return;
          stream.send(event.type, event);
        });
        if (wanted !== undefined) void tellState(stream, deps, wanted);
        return end;
      });
    },
  }),
];

/** How the run is, once no later change can be missed; what changes in between is told twice rather than not at all. */
async function tellState(
  stream: EventStream,
  { database, runEvents, log }: RouteDeps,
  run: number,
): Promise<void> {
  try {
    await runEvents.listening();
    stream.send('run', { type: 'run', number: run, run: await getRun(database, run) });
  } catch (error) {
    log.warn({ error }, 'the state of a run could not be told');
    stream.send('resync', { type: 'resync' });
  }
}
