import type { Middleware } from 'koa';
import type { Metrics } from './metrics.ts';

/** Times every request under the pattern of the route that took it. */
export function measureRequests(metrics: Pick<Metrics, 'request'> | undefined): Middleware {
  return async (ctx, next) => {
    const started = performance.now();
    ctx.res.once('close', () => {
      const matched = (ctx as { _matchedRoute?: unknown })._matchedRoute;
      metrics?.request({
        // Addresses that nobody serves are one route: anyone can invent them.
        route: typeof matched === 'string' ? matched : 'none',
        method: ctx.method,
        status: ctx.status,
        seconds: (performance.now() - started) / 1000,
      });
    });
    await next();
  };
}
