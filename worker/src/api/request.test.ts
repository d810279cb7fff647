import { Readable } from 'node:stream';
import type { Context } from 'koa';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readFormBody, readJsonBody, validate, wantsPage } from './request.ts';

/** A request whose body comes in the given pieces. */
function sent(
  pieces: readonly (string | Buffer)[],
  headers: Record<string, string> = {},
  length?: number,
): Context {
  const type = headers['content-type'] ?? 'application/json';
  return {
    req: Readable.from(pieces.map((piece) => Buffer.from(piece))),
    request: { length },
    get: (name: string) => headers[name.toLowerCase()] ?? '',
    is: () => (/[/+]json/.test(type) ? 'json' : false),
  } as unknown as Context;
}

describe('a JSON body', () => {
  it('may come in pieces of any size, and be as large as the limit', async () => {
    const text = JSON.stringify({ word: 'Überlagerung' });
    const bytes = Buffer.from(text);
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    expect(await readJsonBody(sent(pieces), bytes.length)).toEqual({ word: 'Überlagerung' });
  });

  it('may not be a byte larger, whether it says so or not', async () => {
    const refusal = {
      status: 413,
      id: 'too-large',
      message: 'the body must not be larger than 4 bytes',
      headers: { Connection: 'close' },
    };
    await expect(readJsonBody(sent(['12345']), 4)).rejects.toMatchObject(refusal);
    await expect(readJsonBody(sent(['12', '345']), 4)).rejects.toMatchObject(refusal);
    await expect(readJsonBody(sent([], {}, 5), 4)).rejects.toMatchObject(refusal);
    expect(await readJsonBody(sent(['1234'], {}, 4), 4)).toBe(1234);
  });

  it('may be missing', async () => {
    expect(await readJsonBody(sent([], { 'content-type': 'text/plain' }), 4)).toBeUndefined();
  });

  it('must be JSON by its type and by its text, as it is', async () => {
    const refusal = (body: string | Buffer, headers: Record<string, string> = {}) =>
      readJsonBody(sent([body], headers), 100).catch(
        ({ status, id, message }) => [status, id, message] as unknown,
      );
    expect(await refusal('1', { 'content-type': 'text/plain' })).toEqual([
      415,
      'unsupported-media-type',
      'send the body as Content-Type: application/json',
    ]);
    expect(await refusal('1', { 'content-encoding': 'gzip' })).toEqual([
      415,
      'unsupported-media-type',
      'send the body without Content-Encoding',
    ]);
    expect(await refusal('1', { 'content-encoding': 'identity' })).toBe(1);
    expect(await refusal('{')).toEqual([400, 'invalid-json', 'the body is not JSON']);
    expect(await refusal(Buffer.from([0x22, 0xff, 0x22]))).toEqual([
      400,
      'invalid-json',
      'the body is not JSON',
    ]);
  });

  it('that ends before its time is refused', async () => {
    const ctx = sent([]);
    Object.assign(ctx, {
      req: new Readable({
        read() {
          this.destroy(new Error('aborted'));
        },
      }),
    });
    await expect(readJsonBody(ctx, 4)).rejects.toMatchObject({
      status: 400,
      id: 'cut-short',
      message: 'the body ended before its time',
    });
  });
});

it('of a form’s field that stands twice the last counts', async () => {
  expect(await readFormBody(sent(['run=1&', 'run=380%2001&a=%C3%BC']), 100)).toEqual({
    run: '380 01',
    a: 'ü',
  });
  await expect(readFormBody(sent(['run=1']), 4)).rejects.toMatchObject({ status: 413 });
});

describe('what does not fit a schema', () => {
  const schema = z.strictObject({
    run: z.int({ error: 'must be a number' }),
    at: z.object({ x: z.string() }).optional(),
  });

  it('is refused with every fault and its field', () => {
    expect(validate(schema, { run: 1 })).toEqual({ run: 1 });
    expect(() => validate(schema, { run: 'x', at: { x: 1 } })).toThrowError(
      expect.objectContaining({
        status: 400,
        id: 'invalid-request',
        message: 'run: must be a number',
        details: [
          { field: 'run', message: 'must be a number' },
          { field: 'at.x', message: expect.any(String) as string },
        ],
      }),
    );
    expect(() => validate(schema, 7)).toThrow(/^body: /);
  });

  it('is told a hundred faults at most', () => {
    const many = z.array(z.string());
    expect(() => validate(many, new Array(300).fill(1))).toThrowError(
      expect.objectContaining({
        details: expect.toSatisfy((list: unknown[]) => list.length === 100) as unknown,
      }),
    );
  });
});

it.each([
  ['GET', '/eval/1', 'text/html,*/*', true],
  ['POST', '/eval/1', 'text/html', false],
  ['GET', '/api/v1/runs', 'text/html', false],
  ['GET', '/eval/1', 'application/json', false],
  ['GET', '/eval/1', '*/*', false],
])('%s %s by who takes %s wants a page: %s', (method, path, accept, wants) => {
  expect(wantsPage({ method, path, get: () => accept } as unknown as Context)).toBe(wants);
});
