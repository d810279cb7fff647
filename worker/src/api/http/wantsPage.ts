import type { Context } from 'koa';

/** True for a browser that follows a link: programs ask for JSON or for anything. */
export function wantsPage(ctx: Context): boolean {
  return ctx.method === 'GET' && !ctx.path.startsWith('/api/') && ctx.get('Accept').includes('text/html');
}
