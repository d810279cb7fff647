import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Answer } from './answer.ts';
import type { Action } from './rule.ts';

/** Sends an answer, or as much of it as the action lets through. Settles when nothing more will be sent. */
export async function send(response: ServerResponse, answer: Answer, action?: Action): Promise<void> {
  const body = Buffer.from(answer.body);
  const headers = { ...answer.headers, 'content-length': String(body.length) };
  switch (action?.do) {
    case 'stall':
      if (action.afterBytes === undefined) return;
      response.writeHead(answer.status, headers);
      response.write(body.subarray(0, action.afterBytes));
      return;
    case 'reset':
      response.writeHead(answer.status, headers);
      await new Promise<void>((resolve) => {
        response.write(body.subarray(0, action.afterBytes ?? Math.floor(body.length / 2)), () => resolve());
      });
      response.socket?.resetAndDestroy();
      return;
    case 'gzip-bomb':
      return sendBomb(response, answer, action.megabytes);
    default:
      response.writeHead(answer.status, headers);
      response.end(body);
  }
}

/** Spaces are legal in JSON, so nothing but the size gives it away. */
async function sendBomb(response: ServerResponse, answer: Answer, megabytes: number): Promise<void> {
  const spaces = Buffer.alloc(1 << 20, ' ');
  response.writeHead(200, { ...answer.headers, 'content-encoding': 'gzip' });
  const text = (function* () {
    yield Buffer.from('{"hist":');
    for (let sent = 0; sent < megabytes; sent += 1) yield spaces;
    yield Buffer.from('0}');
  })();
  // The client is expected to hang up half way: that is no fault of the server.
  await pipeline(Readable.from(text), createGzip(), response).catch(() => undefined);
}
