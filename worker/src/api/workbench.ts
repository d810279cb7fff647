import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { chamberOfRunSchema } from '@dtdqm/contract';
import { runParamsSchema } from './runs.ts';
import type { Asset } from '@dtdqm/plugin/workbench/assets';
import { chamberPath } from './chambers.ts';
import { type Workbench, defineRoutes, isHad, type Route, weakTag } from './route.ts';
import { requireSameMachine } from './auth.ts';
import { wantsPage } from './request.ts';
import { pageNumberSchema } from './originalLists.ts';
import { grafanaPage } from './errors.ts';

/**
 * Addresses at which a browser gets the workbench. Programs, and browsers that ask with `?format=json`, get what the routes answer:
 * the same as data.
 */
const pages =
  /^\/(eval(\/-?\d+(\/-?\d+\/\d+\/\d+)?)?|visualize\/-?\d+\/-?\d+\/\d+\/\d+|fetch|manage|incidents|reports(\/(certification(\/\d+)?|agreement|models))?|data\/(net_scores|new_net_scores|contamination)(\/page\/\d+)?)?\/?$/;

function isWorkbenchPage(ctx: Context): boolean {
  return wantsPage(ctx) && pages.test(ctx.path) && ctx.query['format'] !== 'json';
}

/**
 * The panels in a page of their own. Only for browsers on this machine: elsewhere they are inside Grafana, which knows who looks.
 *
 * @param open gives the built workbench; may take seconds the first time. When it fails browsers get what programs get.
 */
export function serveWorkbench(
  open: () => Promise<Workbench>,
  log: { warn(fields: object, text: string): void },
): Middleware {
  let opened: Promise<Workbench | null> | undefined;
  const workbench = () =>
    (opened ??= open().catch((error: unknown) => {
      log.warn({ error }, 'the workbench could not be built, so pages are answered as JSON');
      return null;
    }));
  return async (ctx, next) => {
    const isPage = isWorkbenchPage(ctx);
    const isAsset = ['GET', 'HEAD'].includes(ctx.method) && ctx.path.startsWith('/assets/');
    const built = isPage || isAsset ? await workbench() : null;
    if (built === null) return next();
    requireSameMachine(ctx);
    const { dir, assets } = built;
    const asset = isPage ? await assets.workbenchPage(dir) : await assets.workbenchAsset(dir, ctx.path);
    if (asset === null) return next();
    ctx.set('Content-Security-Policy', headerOf(assets.workbenchPolicy));
    answer(ctx, asset);
  };
}

function answer(ctx: Context, { body, gzip, type, cacheControl }: Asset): void {
  ctx.set('Cache-Control', cacheControl);
  ctx.type = type;
  // The same address answers programs with data.
  ctx.vary('Accept');
  const tag = weakTag(body);
  ctx.set('ETag', tag);
  if (isHad(ctx, tag)) {
    ctx.status = 304;
    return;
  }
  ctx.vary('Accept-Encoding');
  if (gzip === null || ctx.acceptsEncodings('gzip', 'identity') !== 'gzip') {
    ctx.body = body;
    return;
  }
  ctx.compress = false;
  ctx.set('Content-Encoding', 'gzip');
  ctx.body = gzip;
}

function headerOf(policy: Record<string, string[]>): string {
  const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.entries(policy)
    .map(([name, sources]) => `${dashed(name)} ${sources.join(' ')}`)
    .join('; ');
}

/**
 * Where a token is wanted people come through Grafana: a browser that looks for the workbench at the API's own address is told so,
 * in place of a page whose every request fails. Tells nothing else, whoever asks.
 *
 * @param address of Grafana, as people open it; without it there is no link.
 */
export function sendToGrafana(address: string | undefined): Middleware {
  const body = grafanaPage(address);
  return (ctx, next) => {
    if (ctx.get('Authorization') !== '' || !isWorkbenchPage(ctx)) return next();
    ctx.status = 401;
    ctx.set('WWW-Authenticate', 'Bearer');
    ctx.set('Cache-Control', 'no-store');
    ctx.type = 'html';
    ctx.body = body;
    return undefined;
  };
}

/** Leads from the address of a page to what the page shows as data. */
function dataOf<Params extends z.ZodObject>(
  path: string,
  params: Params,
  summary: string,
  address: (params: z.output<Params>, search: string) => string,
): Route {
  return defineRoutes('Pages').get(path, {
    summary,
    role: 'viewer',
    page: true,
    params,
    answers: { 302: { description: 'To the same as JSON' } },
    handle: ({ params: read, ctx }) => ({
      status: 302,
      headers: { Location: address(read as z.output<Params>, ctx.search), Vary: 'Accept' },
    }),
  });
}

const none = z.object({});
const runs = (path: string) => dataOf(path, none, 'Runs, newest first', () => '/api/v1/runs');

/** Beside the JSON of the same name; the page number stands in the query or, as the original has it, at the end of the path. */
const list = (path: string, summary: string) => [
  dataOf(path, none, summary, (_, search) => `${path}.json${search}`),
  dataOf(
    `${path}/page/:page`,
    z.object({ page: pageNumberSchema }),
    summary,
    ({ page }) => `${path}.json?page=${page}`,
  ),
];

/** What the addresses of pages answer to programs; browsers get the workbench there. */
export const pageRoutes: readonly Route[] = [
  runs('/'),
  runs('/eval'),
  runs('/fetch'),
  runs('/manage'),
  dataOf('/incidents', none, 'Incidents', () => '/api/v1/incidents'),
  dataOf('/reports', none, 'The morning report of the last 24 hours', () => {
    const since = new Date(Date.now() - 24 * 3_600_000);
    return `/api/v1/incidents/report?at=${since.toISOString()}`;
  }),
  dataOf(
    '/reports/certification/:run',
    runParamsSchema,
    'Draft of what to say of a run when certifying it',
    ({ run }) => `/api/v1/runs/${run}/certification`,
  ),
  dataOf('/reports/agreement', none, 'How far experts agree', () => '/api/v1/labels/agreement'),
  dataOf('/reports/models', none, 'Models', () => '/api/v1/models'),
  dataOf(
    '/eval/:run',
    runParamsSchema,
    'All chambers of one run',
    ({ run }) => `/api/v1/runs/${run}/chambers`,
  ),
  dataOf(
    `/eval/${chamberPath}`,
    chamberOfRunSchema,
    'One chamber',
    ({ run, wheel, sector, station }) => `/data/${run}/${wheel}/${sector}/${station}/`,
  ),
  ...list('/data/net_scores', 'Scores, least certain chamber first'),
  ...list('/data/new_net_scores', 'Scores of chambers that wait for a label, least certain first'),
  ...list('/data/contamination', 'Labelled chambers, where model and label differ most first'),
];
