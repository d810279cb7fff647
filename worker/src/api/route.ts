import type { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Caller, Role } from './auth.ts';
import type { RouteDeps } from './deps.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One request, authenticated and validated. */
export interface Call<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  caller: Caller;
  deps: RouteDeps;
  /** Aborts when the client goes away or the API stops. */
  signal: AbortSignal;
  ctx: Context;
}

/** What a handler answers; thrown `Problem`s are answered by http/errors.ts. */
export interface Answer {
  /** 200 unless set. */
  status?: number;
  /** Sent as JSON unless `type` says otherwise; absent for none. */
  body?: object | string | Buffer | Readable;
  type?: string;
  headers?: Record<string, string>;
}

/** One possible answer, for the documentation and for tests that compare. */
export interface AnswerSpec {
  description: string;
  schema?: z.ZodType;
  /** Media type where it is not JSON. */
  type?: string;
}

export interface Route {
  method: Method;
  /** With `:name` for parameters, e.g. `/api/v1/runs/:run`; a trailing slash is always accepted too. */
  path: string;
  /** Heading it stands under in the documentation. */
  tag: string;
  summary: string;
  /** The least role that may call it; null is open to everyone. */
  role: Role | null;
  params?: z.ZodType;
  query?: z.ZodType;
  /** Schema of a JSON body. */
  body?: z.ZodType;
  /** A JSON body may be left out altogether; the schema then sees `{}`. */
  bodyOptional?: boolean;
  /** Media types of a body that the handler reads from `ctx.req` itself, in bounded memory. */
  streams?: readonly string[];
  /** Greatest size of the body, bytes; 1 MiB unless set. */
  bodyLimit?: number;
  /** A GET that changes something: requests from other sites are refused. */
  changes?: boolean;
  /** Keep it out of the documentation: pages for people. */
  page?: boolean;
  /** Answers beyond the errors that any route may give. */
  answers: Record<number, AnswerSpec>;
  handle(call: Call<never, never, never>): Promise<Answer> | Answer;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/**
 * Declares a route: the application is built from these, and so are openapi.json, the test of who may do what and the fuzz test.
 * Parameters, query and body reach the handler as their schemas give them; anything else is answered 400 with all faults.
 */
export function defineRoute<
  const Params extends z.ZodType | undefined = undefined,
  const Query extends z.ZodType | undefined = undefined,
  const Body extends z.ZodType | undefined = undefined,
>(
  route: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    params?: Params;
    query?: Query;
    body?: Body;
    handle(call: Call<Parsed<Params>, Parsed<Query>, Parsed<Body>>): Promise<Answer> | Answer;
  },
): Route {
  return route as unknown as Route;
}
