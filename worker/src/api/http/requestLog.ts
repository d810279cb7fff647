import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import type { Caller } from '../auth/caller.ts';

const acceptable = /^[\w.:-]{8,100}$/;

/** Gives every request an id, the caller's own when it is harmless, and writes one line about it when it ends. */
export function logRequests(log: Pick<Logger, 'debug' | 'info' | 'warn'>): Middleware {
  return async (ctx, next) => {
    const given = ctx.get('X-Request-Id');
    const requestId = acceptable.test(given) ? given : randomUUID();
    ctx.state['requestId'] = requestId;
    ctx.set('X-Request-Id', requestId);
    const started = performance.now();
    ctx.res.once('close', () => {
      const { method, path, status } = ctx;
      const caller = ctx.state['caller'] as Caller | undefined;
      const line = {
        requestId,
        method,
        path,
        status,
        milliseconds: Math.round((performance.now() - started) * 10) / 10,
        ...(caller === undefined ? {} : { caller: caller.name }),
        ...(ctx.res.writableFinished ? {} : { cutShort: true }),
      };
      // Routine reading is too much for a control room's log; changes, refusals and failures are not.
      if (status >= 500) log.warn(line, 'request');
      else if (status >= 400 || method !== 'GET') log.info(line, 'request');
      else log.debug(line, 'request');
    });
    await next();
  };
}
