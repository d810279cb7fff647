import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { RunEvent } from '@dtdqm/contract';
import type { PipelineEvent, PipelineEvents } from '../pipeline/events.ts';
import type { Database } from '../storage/database.ts';
import { listenToRuns, type Listener, getRun } from '../storage/runs.ts';
import { PassThrough } from 'node:stream';
import type { Context } from 'koa';
import type { Answer, RunEvents } from './route.ts';

export interface RunEventsOptions {
  database: Database;
  databaseUrl: string;
  log: Pick<Logger, 'warn'>;
  /** Of the worker in this process; what workers elsewhere do is known by what they store. */
  events?: PipelineEvents | undefined;
}

/** A stream that opens while the database is away still opens: it hears of everything when that is back. */
const patienceMs = 3000;

/** Listens only while somebody subscribes: an API without streams needs no connection for them. */
export function createRunEvents({ database, databaseUrl, log, events }: RunEventsOptions): RunEvents {
  const out = new EventEmitter<{ event: [RunEvent] }>().setMaxListeners(0);
  let listener: Listener | undefined;
  let listening = Promise.resolve();

  const onRun = (number: number) => {
    getRun(database, number).then(
      (run) => out.emit('event', { type: 'run', number, run }),
      (error: unknown) => log.warn({ error }, 'a change of a run could not be sent'),
    );
  };
  const onPipeline = (event: PipelineEvent) => {
    const told = progressOf(event);
    if (told !== undefined) out.emit('event', told);
  };
  const open = () => {
    listening = new Promise((resolve) => {
      const onReconnect = () => out.emit('event', { type: 'resync' });
      listener = listenToRuns(databaseUrl, log, onRun, onReconnect, resolve);
    });
    events?.on('event', onPipeline);
  };
  const shut = async () => {
    events?.off('event', onPipeline);
    const old = listener;
    listener = undefined;
    await old?.close();
  };

  return {
    subscribe(subscriber) {
      if (listener === undefined) open();
      out.on('event', subscriber);
      return () => {
        out.off('event', subscriber);
        if (out.listenerCount('event') === 0) void shut();
      };
    },
    listening: () => Promise.race([listening, delay(patienceMs, undefined, { ref: false })]),
    get subscribers() {
      return out.listenerCount('event');
    },
    close: shut,
  };
}

/** Every tenth chamber is often enough for a bar; 250 messages a second would be too many. */
function progressOf(event: PipelineEvent): RunEvent | undefined {
  if (event.type === 'fetching' && (event.done % 10 === 0 || event.done === event.total)) {
    return { type: 'progress', number: event.run, step: 'fetching', done: event.done, total: event.total };
  }
  if (event.type === 'scoring') {
    return { type: 'progress', number: event.run, step: 'scoring', done: 0, total: event.chambers };
  }
  return undefined;
}

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
