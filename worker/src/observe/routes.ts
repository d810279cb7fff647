import { notFound } from '../api/problem.ts';
import { defineRoute, type Route } from '../api/route.ts';

export const metricsRoutes: readonly Route[] = [
  defineRoute({
    method: 'get',
    path: '/metrics',
    tag: 'Health',
    summary: 'Figures about this process and the work before it, for Prometheus',
    role: 'viewer',
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
