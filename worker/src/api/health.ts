import { z } from 'zod';
import { Problem, notFound } from './problem.ts';
import { defineRoutes, type Route } from './route.ts';
import { openPort } from './server.ts';
import type { Metrics } from '../observe/metrics.ts';

const { get } = defineRoutes('Health');

const healthSchema = z.object({ status: z.literal('ok') });
const ok = { body: { status: 'ok' }, headers: { 'Cache-Control': 'no-store' } };

/** Whoever balances load asks often and gives up soon. */
const readyMs = 2000;

export const healthRoutes: readonly Route[] = [
  get('/healthz/live', {
    summary: 'The process runs and answers',
    role: null,
    answers: { 200: { description: 'It does', schema: healthSchema } },
    handle: () => ok,
  }),
  get('/healthz/ready', {
    summary: 'The database answers, so that requests can be served',
    role: null,
    answers: {
      200: { description: 'It does', schema: healthSchema },
      503: { description: 'It does not' },
    },
    async handle({ deps }) {
      try {
        await within(readyMs, deps.database.query('select 1'));
      } catch (cause) {
        throw new Problem(503, 'database-unavailable', 'the database does not answer', {
          cause,
          headers: { 'Retry-After': '2' },
        });
      }
      return ok;
    },
  }),
  get('/metrics', {
    summary: 'Figures about this process and the work before it, for Prometheus',
    // Who watches the processes is no viewer: figures tell of load, rates and failures of each route.
    role: 'admin',
    answers: { 200: { description: "Prometheus' text format", type: 'text/plain' } },
    async handle({ deps: { metrics } }) {
      if (metrics === undefined) throw notFound('this process is not measured');
      return {
        body: await metrics.text(),
        type: metrics.contentType,
        headers: { 'Cache-Control': 'no-store' },
      };
    },
  }),
];

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/**
 * Serves `/metrics` of a process without an API.
 *
 * @returns its address, and how to stop it.
 * @throws {PortError} when the port cannot be listened on.
 */
export async function serveMetrics(
  metrics: Metrics,
  host: string,
  port: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const open = await openPort(host, port);
  open.serve((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return { url: `${open.url}/metrics`, close: () => open.close() };
}
