import type { Middleware } from 'koa';
import { html } from './html.ts';
import { page } from './layout.ts';
import { isWorkbenchPage } from './workbenchPages.ts';

/**
 * Where a token is wanted people come through Grafana: a browser that looks for the workbench at the API's own address is told so,
 * in place of a page whose every request fails. Tells nothing else, whoever asks.
 *
 * @param address of Grafana, as people open it; without it there is no link.
 */
export function sendToGrafana(address: string | undefined): Middleware {
  const body = page(
    'The monitor runs behind Grafana',
    html`<p>
      ${
        address === undefined
          ? 'Open the Grafana that stands in front of it: its users, roles and panels are there.'
          : html`Open <a href="${address}">${address}</a>: its users, roles and panels are there.`
      }
    </p>`,
  );
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
