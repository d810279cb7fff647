import { HttpError, type Context, type Middleware } from 'koa';
import type { Logger } from 'pino';
import { methodNotAllowed, notFound, Problem, storageProblem } from './problem.ts';
import { wantsPage } from './request.ts';
import { STATUS_CODES } from 'node:http';

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
      } else if (problem.status === 400 && problem.cause === error) {
        // Answered as the client's fault, but the field and the rule are missing: a schema of ours should have refused it.
        log.warn({ error, path: ctx.path }, 'a value came to the database that no schema refused');
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

/** What no route has taken: Koa leaves it at 404, the router makes it 405 or 501 where only the method is wrong, and says in Allow what would do. */
function refuseUnanswered(ctx: Context): void {
  if (ctx.status === 404) throw notFound(`there is nothing at ${ctx.path}`);
  // Not 501, which stands for failures of ours in log and figures: anybody can send TRACE.
  if (ctx.status === 405 || ctx.status === 501) throw methodNotAllowed(ctx);
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const stored = storageProblem(error);
  if (stored !== undefined) return stored;
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

/**
 * The only pages that the API draws itself: a refusal, and where people find the monitor. Everything else is the workbench's. They
 * need no script and nothing from elsewhere, so they work under the strictest policy and while everything else is down.
 */
const style = `:root { color-scheme: dark light; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 50em; padding: 20px 24px; }
h1 { font-size: 26px; font-weight: 600; }`;

/** @param body HTML; whatever others wrote in it has to be escaped. */
function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · DT occupancy</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}
</main></body>
</html>
`;
}

/** A refusal for people who followed a link. */
function errorPage({ status, message, details = [] }: Problem): string {
  const faults = details.map(({ field, message: rule }) => `<li>${escapeHtml(`${field}: ${rule}`)}</li>`);
  return page(
    STATUS_CODES[status] ?? `Error ${status}`,
    `<p>${escapeHtml(message)}.</p>
${faults.length > 1 ? `<ul>${faults.join('')}</ul>` : ''}
<p><a href="/">To the newest run</a></p>`,
  );
}

/** @param address of Grafana, as people open it; without it there is no link. */
export function grafanaPage(address: string | undefined): string {
  const where =
    address === undefined
      ? 'Open the Grafana that stands in front of it'
      : `Open <a href="${escapeHtml(address)}">${escapeHtml(address)}</a>`;
  return page('The monitor runs behind Grafana', `<p>${where}: its users, roles and panels are there.</p>`);
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
