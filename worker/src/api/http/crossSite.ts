import type { Context } from 'koa';
import { Problem } from '../problem.ts';

/**
 * Refuses to change anything on behalf of a web page of another site: browsers say where a request comes from.
 * `none` is an address that was typed in or a bookmark.
 *
 * @throws {Problem} 403.
 */
export function refuseCrossSite(ctx: Context): void {
  const site = ctx.get('Sec-Fetch-Site');
  const origin = ctx.get('Origin');
  const foreignSite = site !== '' && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = origin !== '' && hostOf(origin) !== ctx.get('Host');
  if (foreignSite || foreignOrigin) {
    throw new Problem(403, 'cross-site', 'a page of another site may not change anything here');
  }
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin;
}
