import Router from '@koa/router';
import { Readable } from 'node:stream';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { type Authenticate, requireRole, refuseCrossSite, refuseOpenedAhead } from './auth.ts';
import type { RouteDeps, Answer, Call, Route } from './route.ts';
import type { RateLimiter } from './limits.ts';
import { readJsonBody, validate } from './request.ts';
import { methodNotAllowed, Problem } from './problem.ts';

const defaultBodyLimit = 1024 * 1024;

export interface MountOptions {
  deps: RouteDeps;
  authenticate: Authenticate;
  rateLimiter: RateLimiter | undefined;
  /** Aborts when the API stops, so that open streams end. */
  stopping: AbortSignal;
}

/** The routes as middleware; every request goes: authentication, rate, role, site, validation, handler. */
export function mountRoutes(routes: readonly Route[], options: MountOptions): Middleware[] {
  const router = new Router({ strict: false, sensitive: true });
  for (const route of routes) router[route.method](route.path, (ctx) => serve(route, ctx, options));
  return [router.routes() as Middleware, router.allowedMethods() as Middleware];
}

async function serve(
  route: Route,
  ctx: Context & { params: Record<string, string> },
  { deps, authenticate, rateLimiter, stopping }: MountOptions,
): Promise<void> {
  if (route.role === null) {
    answer(ctx, await route.handle(await callOf(route, ctx, deps, stopping, anyone)));
    return;
  }
  const caller = await identify(ctx, authenticate, rateLimiter);
  requireRole(caller, route.role);
  if (route.method !== 'get' || route.changes) refuseUnasked(ctx);
  answer(ctx, await route.handle(await callOf(route, ctx, deps, stopping, caller)));
}

/** Only a request that somebody meant may change something. @throws {Problem} 403, or 405 for HEAD, which the router lets every GET answer. */
function refuseUnasked(ctx: Context): void {
  if (ctx.method === 'HEAD') throw methodNotAllowed(ctx, { Allow: 'GET' });
  refuseCrossSite(ctx);
  refuseOpenedAhead(ctx);
}

const anyone = { name: 'anyone', role: 'viewer', via: 'token' } as const;

/** Strangers are counted by address before the token is looked at, people by name afterwards. */
async function identify(ctx: Context, authenticate: Authenticate, rateLimiter: RateLimiter | undefined) {
  const address = ctx.req.socket.remoteAddress ?? '';
  try {
    const caller = await authenticate(ctx);
    ctx.state['caller'] = caller;
    rateLimiter?.count(`user ${caller.name}`);
    return caller;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) rateLimiter?.count(`stranger ${address}`);
    throw error;
  }
}

async function callOf(
  route: Route,
  ctx: Context & { params: Record<string, string> },
  deps: RouteDeps,
  stopping: AbortSignal,
  caller: Call<never, never, never>['caller'],
): Promise<Call<never, never, never>> {
  let signal: AbortSignal | undefined;
  return {
    params: validate(route.params ?? z.undefined(), route.params && ctx.params) as never,
    query: validate(route.query ?? z.undefined(), route.query && queryOf(ctx)) as never,
    body: (await bodyOf(route, ctx)) as never,
    caller,
    deps,
    // Made only for those who look: few do, and a signal that follows another stays known to it until it is collected.
    get signal() {
      return (signal ??= goneOrStopping(ctx, stopping));
    },
    ctx,
  };
}

function goneOrStopping(ctx: Context, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  if (ctx.res.closed) gone.abort();
  ctx.res.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, stopping]);
}

/** A parameter that stands twice reaches the schema as a list, which it refuses unless it wants one. */
function queryOf(ctx: Context): Record<string, unknown> {
  return { ...ctx.query };
}

async function bodyOf(route: Route, ctx: Context): Promise<unknown> {
  if (route.streams !== undefined) {
    if (!ctx.is(...route.streams)) {
      throw new Problem(415, 'unsupported-media-type', `send the body as ${route.streams.join(' or ')}`);
    }
    return undefined;
  }
  if (route.body === undefined) return undefined;
  const body = await readJsonBody(ctx, route.bodyLimit ?? defaultBodyLimit);
  return validate(route.body, body === undefined && route.bodyOptional ? {} : body);
}

function answer(ctx: Context, { status = 200, body, type, headers = {} }: Answer): void {
  ctx.set(headers);
  ctx.status = status;
  if (body === undefined) {
    ctx.body = null;
    // Koa makes an empty body 204 unless told otherwise.
    ctx.status = status === 200 ? 204 : status;
    return;
  }
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body) && !(body instanceof Readable);
  ctx.type = type ?? (isJson ? 'json' : 'text');
  ctx.body = isJson ? JSON.stringify(body) : body;
  ctx.status = status;
}
