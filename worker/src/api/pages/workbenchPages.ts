import type { Context } from 'koa';
import { wantsPage } from '../http/wantsPage.ts';

/** Addresses at which a browser gets the workbench; programs, and browsers that ask with `?plain`, get what the routes answer. */
const pages =
  /^\/(eval(\/-?\d+(\/-?\d+\/\d+\/\d+)?)?|fetch|incidents|data\/(net_scores|new_net_scores|contamination))?\/?$/;

export function isWorkbenchPage(ctx: Context): boolean {
  return wantsPage(ctx) && pages.test(ctx.path) && ctx.query['plain'] === undefined;
}
