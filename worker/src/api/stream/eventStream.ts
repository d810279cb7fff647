import { PassThrough } from 'node:stream';
import type { Context } from 'koa';
import type { Answer } from '../route.ts';

/** Proxies end connections that are silent for a minute. */
const heartbeatMs = 15_000;

/** A client that reads so little is cut off, and comes back by itself. */
const longestBacklog = 256 * 1024;

export interface EventStream {
  send(event: string, data: object): void;
}

/**
 * Answers with server-sent events (WHATWG HTML, section 9.2) until the client goes or the signal aborts.
 *
 * @param begin sends what it likes through the stream, and returns what ends that.
 */
export function eventStream(
  ctx: Context,
  signal: AbortSignal,
  begin: (stream: EventStream) => () => void,
): Answer {
  const out = new PassThrough();
  const write = (text: string) => {
    if (out.writableEnded) return;
    out.write(text);
    if (out.writableLength > longestBacklog) out.destroy();
  };
  const end = begin({
    send: (event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
  });
  write('retry: 2000\n\n');
  const heartbeat = setInterval(() => write(': still here\n\n'), heartbeatMs);
  out.once('close', () => {
    clearInterval(heartbeat);
    end();
  });
  signal.addEventListener('abort', () => out.end(), { once: true });
  ctx.compress = false;
  // Buffering proxies would keep events back until there are enough of them.
  const headers = { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' };
  return { body: out, type: 'text/event-stream', headers };
}
