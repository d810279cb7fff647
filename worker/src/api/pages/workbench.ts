import type { Context, Middleware } from 'koa';
import type { Asset } from '@dtdqm/plugin/workbench/assets';
import type { Workbench } from '../deps.ts';
import { requireSameMachine } from '../http/sameMachine.ts';
import { isWorkbenchPage } from './workbenchPages.ts';

/**
 * The panels in a page of their own. Only for browsers on this machine: elsewhere they are inside Grafana, which knows who looks.
 *
 * @param open gives the built workbench; may take seconds the first time. When it fails the plain pages stay.
 */
export function serveWorkbench(
  open: () => Promise<Workbench>,
  log: { warn(fields: object, text: string): void },
): Middleware {
  let opened: Promise<Workbench | null> | undefined;
  const workbench = () =>
    (opened ??= open().catch((error: unknown) => {
      log.warn({ error }, 'the workbench cannot be built, so the plain pages are shown');
      return null;
    }));
  return async (ctx, next) => {
    const isPage = isWorkbenchPage(ctx);
    const isAsset = ctx.method === 'GET' && ctx.path.startsWith('/assets/');
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

function answer(ctx: Context, { body, type, cacheControl }: Asset): void {
  ctx.set('Cache-Control', cacheControl);
  ctx.type = type;
  ctx.body = body;
}

function headerOf(policy: Record<string, string[]>): string {
  const dashed = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return Object.entries(policy)
    .map(([name, sources]) => `${dashed(name)} ${sources.join(' ')}`)
    .join('; ');
}
