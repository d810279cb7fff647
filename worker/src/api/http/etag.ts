import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { Answer } from '../route.ts';

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
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 24);
  const tag = `W/"${hash}"`;
  // Kept by the browser, but asked about each time: a run may be scored anew at any moment.
  const headers = { ETag: tag, 'Cache-Control': 'private, no-cache' };
  if (knows(ctx.get('If-None-Match'), tag)) return { status: 304, headers };
  return { body: await body(), headers };
}

function knows(ifNoneMatch: string, tag: string): boolean {
  const weakless = (text: string) => text.trim().replace(/^W\//, '');
  return (
    ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((each) => weakless(each) === weakless(tag))
  );
}
