import type { Context, Middleware } from 'koa';
import { workbenchAsset, workbenchPage, workbenchPolicy, type Asset } from '@dtdqm/plugin/workbench/assets';
import { requireSameMachine } from '../http/sameMachine.ts';
import { wantsPage } from '../http/wantsPage.ts';

/** Addresses at which a browser gets the workbench; programs, and browsers that ask with `?plain`, get what the routes answer. */
const pages =
  /^\/(eval(\/-?\d+(\/-?\d+\/\d+\/\d+)?)?|fetch|data\/(net_scores|new_net_scores|contamination))?\/?$/;

const policy = Object.entries(workbenchPolicy)
  .map(
    ([name, sources]) =>
      `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${sources.join(' ')}`,
  )
  .join('; ');

/**
 * The panels in a page of their own. Only for browsers on this machine: elsewhere they are inside Grafana, which knows who looks.
 *
 * @param open gives the directory of the built workbench; may take seconds the first time. When it fails the plain pages stay.
 */
export function serveWorkbench(
  open: () => Promise<string>,
  log: { warn(fields: object, text: string): void },
): Middleware {
  let opened: Promise<string | null> | undefined;
  const directory = () =>
    (opened ??= open().catch((error: unknown) => {
      log.warn({ error }, 'the workbench cannot be built, so the plain pages are shown');
      return null;
    }));
  return async (ctx, next) => {
    const isPage = wantsPage(ctx) && pages.test(ctx.path) && ctx.query['plain'] === undefined;
    const isAsset = ctx.method === 'GET' && ctx.path.startsWith('/assets/');
    const dir = isPage || isAsset ? await directory() : null;
    if (dir === null) return next();
    requireSameMachine(ctx);
    const asset = isPage ? await workbenchPage(dir) : await workbenchAsset(dir, ctx.path);
    if (asset === null) return next();
    answer(ctx, asset);
  };
}

function answer(ctx: Context, { body, type, cacheControl }: Asset): void {
  ctx.set('Content-Security-Policy', policy);
  ctx.set('Cache-Control', cacheControl);
  ctx.type = type;
  ctx.body = body;
}
