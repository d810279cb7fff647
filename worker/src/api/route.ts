import type * as workbenchAssets from '@dtdqm/plugin/workbench/assets';
import {
  type ChamberId,
  type ChamberOfRun,
  type ChamberRescored,
  type Matrix,
  type Role,
  type SaliencyMethodName,
  type SliceSum,
  countSchema,
  runNumberSchema,
  type RunEvent,
} from '@dtdqm/contract';
import type { ChamberSteps } from '@dtdqm/detector';
import type { Logger } from 'pino';
import type { Config } from '../config/index.ts';
import type { PipelineEvents } from '../pipeline/events.ts';
import type { Database } from '../storage/database.ts';
import type { createAgreementReport } from '../learning/agreement/agreementReport.ts';
import type { ProgressReader } from '../learning/queue/progress.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Semaphore } from './limits.ts';
import type { Readable } from 'node:stream';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Caller } from './auth.ts';
import { createHash } from 'node:crypto';

type RunListener = (event: RunEvent) => void;

/** Spreads what happens to runs among any number of streams over one connection to the database. */
export interface RunEvents {
  /** @returns stops the calls. */
  subscribe(listener: RunListener): () => void;
  /** Resolves once nothing that subscribers should hear is missed, or after a moment when the database is away. */
  listening(): Promise<void>;
  readonly subscribers: number;
  close(): Promise<void>;
}

/** What the API can ask of the workers; the job queue carries it to whichever is free. */
export interface RunControl {
  /** Fetches the run (again), before all that discovery found. */
  enqueue(run: number): Promise<void>;
  /** Marks runs for another look by the model in use, all that another model scored unless named. @returns which. */
  reevaluate(runs?: readonly number[]): Promise<number[]>;
}

export type PartJudged = Pick<SliceSum, 'scores' | 'verdicts' | 'faults' | 'saliency'> & { model: string };

/** Works out what is not stored, with the model that is loaded. */
export interface Explainer {
  /** `<name>@<version>`; what another model said it cannot explain. */
  model(): string;
  /** Methods that it can explain that model by. */
  methods(): readonly SaliencyMethodName[];
  /** @returns attribution per wire, as the matrix. */
  saliency(chamber: ChamberOfRun, matrix: Matrix, method: SaliencyMethodName): Promise<number[][]>;
  steps(chamber: ChamberOfRun, matrix: Matrix): Promise<ChamberSteps>;
  /** What it says of a chamber in a part of a run, of which others let expect so much, see `inputsOfSlices`. */
  judgePart(
    chamber: ChamberId,
    matrix: Matrix,
    expected: number | null,
    withSaliency: boolean,
  ): Promise<PartJudged>;
  /** What the model says of the chamber beside another past. @param past runs; as they are chosen for it when absent. */
  rescore(chamber: ChamberOfRun, matrix: Matrix, past?: readonly number[]): Promise<ChamberRescored>;
}

/** The panels in a page of their own, built, and how to serve them. */
export interface Workbench {
  dir: string;
  assets: typeof workbenchAssets;
}

/** Everything that routes work with; put together in main.ts. */
export interface ApiDeps {
  database: Database;
  /** Address of the database, for connections that listen; holds the password. */
  databaseUrl: string;
  control: RunControl;
  /** Of the worker in this process; absent where the API runs alone. */
  events?: PipelineEvents | undefined;
  config: Pick<
    Config,
    | 'apiToken'
    | 'databaseConnections'
    | 'apiRequestsPerMinute'
    | 'grafanaUrl'
    | 'grafanaIssuer'
    | 'grafanaAudience'
    | 'strategy'
    | 'aggregator'
    | 'auditShare'
    | 'dqmDataset'
    | 'modelDirectory'
  >;
  log: Logger;
  /** Absent where nobody measures. */
  metrics?: Metrics | undefined;
  /** The model that a worker in this process has loaded; absent where the API runs alone. */
  explainer?: Explainer | undefined;
  /** Of the Grafana that stands in front, as people open it; absent where it is not known. */
  frontAddress?: string | undefined;
  /** Opens the workbench, building it if need be; absent where only programs ask. */
  workbench?: (() => Promise<Workbench>) | undefined;
}

/** What handlers get: the above, and what the application makes of it. */
export interface RouteDeps extends ApiDeps {
  runEvents: RunEvents;
  /** For exports and imports: a client that is slow must not take all connections to the database. */
  transfers: Semaphore;
  agreement: ReturnType<typeof createAgreementReport>;
  queueProgress: ProgressReader;
}

/** Entries on one page. */
export const pageSizeSchema = countSchema(1000).default(100);

/** `true` or `false`, as it stands in a URL. */
export const flagSchema = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

/** Lists of runs go on below the run that the page before ended with. */
export const runCursorSchema = runNumberSchema.transform(String);

type Method = 'get' | 'post' | 'patch' | 'delete';

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

/** What a handler answers; thrown `Problem`s are answered by errors.ts. */
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
  /** Media type where it is not JSON; several where the request chooses. */
  type?: string | readonly string[];
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
  /** A GET that changes something: HEAD, other sites and browsers that open addresses ahead are refused. */
  changes?: boolean;
  /** Keep it out of the documentation: pages for people. */
  page?: boolean;
  /** Answers beyond the errors that any route may give. */
  answers: Record<number, AnswerSpec>;
  handle(call: Call<never, never, never>): Promise<Answer> | Answer;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type MaybeSchema = z.ZodType | undefined;

/** A route but for where it stands, with its handler's arguments as the schemas give them. */
type Details<Params, Query, Body> = Omit<
  Route,
  'method' | 'path' | 'tag' | 'params' | 'query' | 'body' | 'handle'
> & {
  params?: Params;
  query?: Query;
  body?: Body;
  handle(call: Call<Parsed<Params>, Parsed<Query>, Parsed<Body>>): Promise<Answer> | Answer;
};

/**
 * Declares the routes of one heading of the documentation, by method: the application is built from these, and so are openapi.json, the
 * test of who may do what and the fuzz test. Parameters, query and body reach the handler as their schemas give them; anything else is
 * answered 400 with all faults.
 */
export function defineRoutes(tag: string) {
  const by =
    (method: Method) =>
    <
      const Params extends MaybeSchema = undefined,
      const Query extends MaybeSchema = undefined,
      const Body extends MaybeSchema = undefined,
    >(
      path: string,
      details: Details<Params, Query, Body>,
    ): Route =>
      ({ method, path, tag, ...details }) as unknown as Route;
  return { get: by('get'), post: by('post'), patch: by('patch'), remove: by('delete') };
}

/** What a client that has the answer already is told in its place. */
export const unchanged = { 304: { description: 'As the client has it' } };

/**
 * An answer that changes only when one of `parts` does: a client that has it already is spared the body, and we the work.
 * Weak, because the bytes depend on the compression.
 *
 * @param parts what the body follows from, e.g. when the run was last stored and by which model it was scored.
 */
export async function etagAnswer(
  ctx: Context,
  parts: readonly (string | number | null | undefined)[],
  body: () => Promise<object>,
): Promise<Answer> {
  const tag = weakTag(JSON.stringify(parts));
  // Kept by the browser, but asked about each time: a run may be scored anew at any moment.
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' };
  if (isHad(ctx, tag)) return { status: 304, headers };
  const found = await body();
  // Any version of it will do, if there is one (RFC 9110, section 13.1.2): `body` has thrown where there is none.
  return ctx.get('If-None-Match').trim() === '*' ? { status: 304, headers } : { body: found, headers };
}

/** Entity tag of what follows from `content`. */
export function weakTag(content: string | Buffer): string {
  return `W/"${createHash('sha256').update(content).digest('base64url').slice(0, 24)}"`;
}

/** Whether the client says that it has what the tag stands for. Whatever it asks of caches on the way, it is spared the body. */
export function isHad(ctx: Context, tag: string): boolean {
  const asked = ctx.get('If-None-Match').split(',');
  return asked.some((each) => weakless(each) === weakless(tag));
}

function weakless(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}
