import { HttpError, type Context, type Middleware } from 'koa';
import type { Logger } from 'pino';
import { databaseProblem, notFound, Problem } from '../problem.ts';
import { errorPage } from '../pages.ts';
import { wantsPage } from './wantsPage.ts';

/** Answers whatever was thrown: as an error body, or as a plain page when a browser asks for a page. Never shows a stack. */
export function answerErrors(log: Pick<Logger, 'error' | 'warn'>): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.body === undefined || ctx.body === null) refuseUnanswered(ctx);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.status >= 500) {
        log.error({ error, requestId: ctx.state['requestId'] as string, path: ctx.path }, 'a request failed');
      }
      ctx.status = problem.status;
      ctx.set('Cache-Control', 'no-store');
      ctx.remove('ETag');
      ctx.set(problem.headers);
      if (wantsPage(ctx)) {
        ctx.type = 'html';
        ctx.body = errorPage(problem);
      } else {
        ctx.type = 'json';
        ctx.body = JSON.stringify(problem.toBody());
      }
    }
  };
}

/** What no route has taken: Koa leaves it at 404, the router makes it 405 or 501 where only the method is wrong. */
function refuseUnanswered(ctx: Context): void {
  if (ctx.status === 404) throw notFound(`there is nothing at ${ctx.path}`);
  if (ctx.status === 405) {
    throw new Problem(405, 'method-not-allowed', `${ctx.path} does not know the method ${ctx.method}`);
  }
  if (ctx.status === 501) {
    throw new Problem(501, 'not-implemented', `no address knows the method ${ctx.method}`);
  }
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const database = databaseProblem(error);
  if (database !== undefined) return database;
  if (error instanceof HttpError && error.status < 500) return fromHttpError(error.status, error.message);
  return new Problem(500, 'internal', 'something went wrong here; the log has it under the request id', {
    cause: error,
  });
}

/** Errors of Koa's own modules: bodies that are too large, malformed or of the wrong kind. */
function fromHttpError(status: number, message: string): Problem {
  const ids: Record<number, string> = { 413: 'too-large', 415: 'unsupported-media-type' };
  return new Problem(status, ids[status] ?? 'invalid-request', message);
}
