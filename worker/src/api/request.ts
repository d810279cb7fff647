import type { z } from 'zod';
import { Problem } from './problem.ts';
import type { Context } from 'koa';

/**
 * What `value` is by `schema`.
 *
 * @throws {Problem} 400 `invalid-request` with every fault, each with the field it concerns.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues
    .slice(0, 100)
    .map(({ path, message }) => ({ field: path.join('.') || 'body', message }));
  const first = details[0];
  throw new Problem(400, 'invalid-request', first ? `${first.field}: ${first.message}` : 'invalid request', {
    details,
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A JSON body, however it was cut into pieces; undefined when there is none.
 *
 * @param limit greatest size, bytes.
 * @throws {Problem} 413 when it is larger, 415 when it is not JSON by its type, 400 when not by its text.
 */
export async function readJsonBody(ctx: Context, limit: number): Promise<unknown> {
  const bytes = await readBytes(ctx, limit);
  if (bytes.length === 0) return undefined;
  if (!ctx.is('json', '+json')) {
    throw new Problem(415, 'unsupported-media-type', 'send the body as Content-Type: application/json');
  }
  if (ctx.get('Content-Encoding') !== '' && ctx.get('Content-Encoding') !== 'identity') {
    throw new Problem(415, 'unsupported-media-type', 'send the body without Content-Encoding');
  }
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new Problem(400, 'invalid-json', 'the body is not JSON', { cause });
  }
}

/** Fields of a form that a page sent; of a field that stands twice the last counts. @throws {Problem} 413 */
export async function readFormBody(ctx: Context, limit: number): Promise<Record<string, string>> {
  const bytes = await readBytes(ctx, limit);
  return Object.fromEntries(new URLSearchParams(bytes.toString()));
}

async function readBytes(ctx: Context, limit: number): Promise<Buffer> {
  const tooLarge = () =>
    new Problem(413, 'too-large', `the body must not be larger than ${limit} bytes`, {
      headers: { Connection: 'close' },
    });
  if ((ctx.request.length ?? 0) > limit) throw tooLarge();
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of ctx.req as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > limit) throw tooLarge();
      pieces.push(piece);
    }
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem(400, 'cut-short', 'the body ended before its time', { cause });
  }
  return Buffer.concat(pieces);
}

/**
 * Text of a header. Node reads each byte as a character (latin1), as HTTP once had it; what sends names sends UTF-8: Grafana writes the login
 * as it is (`ApplyUserHeader` in its pkg/util/proxyutil), and Go writes the bytes of the text.
 *
 * @returns undefined where the bytes are not UTF-8.
 */
export function headerText(ctx: Context, name: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(ctx.get(name), 'latin1'));
  } catch {
    return undefined;
  }
}

/** True for a browser that follows a link: programs ask for JSON or for anything. */
export function wantsPage(ctx: Context): boolean {
  return ctx.method === 'GET' && !ctx.path.startsWith('/api/') && ctx.get('Accept').includes('text/html');
}
