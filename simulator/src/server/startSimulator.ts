import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistogramSource } from '../sources/replay.ts';
import { answerTo, send, type Answer } from './answer.ts';
import { control, RequestLog, type RequestCounts } from './control.ts';
import { Misbehaviour } from './misbehaviour.ts';
import type { Rule } from './rules.ts';
import { tamperedAnswer, tamperingOf } from './tampering.ts';
import { subjectOf, targetOf, type Dialect } from './histograms.ts';

export interface SimulatorOptions {
  source: HistogramSource;
  /** 0, the default, takes a free port. */
  port?: number;
  /** Loopback unless stated. */
  host?: string;
  /** Where the DQM server begins, as on the public one: `/dqm/online` unless stated. */
  basePath?: string;
  dialects?: readonly Dialect[];
  seed?: number;
  /** The time, in milliseconds since 1970, by which caches age and runs grow. */
  now?: () => number;
  rules?: readonly Rule[];
  /** Serve `/control`; off unless stated. */
  control?: boolean;
  /** HTTPS: PEM texts. With `clientCa`, clients must show a certificate that it signed. */
  tls?: { cert: string; key: string; passphrase?: string; clientCa?: string };
}

export interface Simulator {
  /** Base URL of the DQM server, without trailing slash. */
  readonly url: string;
  /** URL of `/control`. */
  readonly controlUrl: string;
  readonly port: number;
  readonly misbehaviour: Misbehaviour;
  requests(): RequestCounts;
  forgetRequests(): void;
  /** Drops all connections. */
  close(): Promise<void>;
}

/**
 * Starts a DQM server that can be made to misbehave.
 *
 * @throws {RangeError} for faulty rules, {Error} when the port is taken.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { source, host = '127.0.0.1', dialects = ['classic', 'new'], tls, now = Date.now } = options;
  const basePath = cleanBase(options.basePath ?? '/dqm/online');
  const misbehaviour = new Misbehaviour(options.seed ?? 1, options.rules, now);
  const log = new RequestLog();
  const cache = new AnswerCache(now);
  const closing = new AbortController();

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    response.sendDate = false;
    const url = new URL(request.url ?? '/', 'http://simulator');
    const address = withoutAge(request.url ?? '/');
    const notOlderThan = url.searchParams.get('notOlderThan');
    // A real DQM server says nothing of the kind.
    if (source.origin !== 'real') response.setHeader('x-dtdqm-source', source.origin ?? 'simulated');
    if (options.control && /^\/control(\/|$)/.test(url.pathname)) {
      return control(request, response, url.pathname, { misbehaviour, log });
    }
    const target = targetOf(url, basePath, dialects);
    const subject = subjectOf(target);
    response.once('close', log.opened(request, url.pathname, subject.run));
    const hits = misbehaviour.decide(address, subject);
    for (const { action } of hits) {
      if (action.do === 'delay') await sleep(action.ms, undefined, { signal: closing.signal });
    }
    const fresh = () => answerTo(target, source, tamperingOf(hits));
    const caching = hits.flatMap(({ action }) => (action.do === 'cache' ? [action] : [])).at(-1);
    const age = caching?.ignoresAge ? null : notOlderThan;
    const answer = caching ? cache.answer(address, age, caching.seconds, fresh) : fresh();
    const last = hits.at(-1)?.action;
    await send(response, last ? tamperedAnswer(answer, last) : answer, last);
  };

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((fault: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(closing.signal.aborted ? '' : `simulator: ${String(fault)}\n`);
    });
  };
  const server = tls
    ? createHttpsServer(
        {
          cert: tls.cert,
          key: tls.key,
          ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
          ...(tls.clientCa === undefined
            ? {}
            : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
        },
        listener,
      )
    : createHttpServer(listener);
  server.on(tls ? 'secureConnection' : 'connection', () => log.connected());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (fault: NodeJS.ErrnoException) => reject(noPort(fault, host, options.port ?? 0)));
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const origin = `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;

  return {
    url: origin + basePath,
    controlUrl: `${origin}/control`,
    port,
    misbehaviour,
    requests: () => log.counts(),
    forgetRequests: () => log.reset(),
    close: async () => {
      closing.abort();
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function cleanBase(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.length === 0 ? '' : `/${parts.join('/')}`;
}

function noPort(fault: NodeJS.ErrnoException, host: string, port: number): Error {
  if (fault.code !== 'EADDRINUSE') return fault;
  return new Error(`port ${port} on ${host} is in use; stop what uses it or choose another`, {
    cause: fault,
  });
}

/** What a request asks for, whatever age it allows: the same plot for the cache, and for rules that count. */
const withoutAge = (address: string) =>
  address.replace(/([?&])notOlderThan=[^&]*&?/, '$1').replace(/[?&]$/, '');

/**
 * The new server's cache: an answer is given again unless it was cached before `notOlderThan`, UTC seconds, which is an
 * hour ago where a request does not say; then it is made anew. That nothing was found is cached like anything else.
 *
 * Source: `async_lru_timed.py` of cms-DQM/dqmgui and its README, "Cache bypass and invalidation".
 */
class AnswerCache {
  readonly #now: () => number;
  readonly #answers = new Map<string, { answer: Answer; cachedAt: number }>();

  /** @param now time in milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param address without the age that the request allows.
   * @param seconds age at which an answer is made anew for requests that do not say.
   */
  answer(address: string, notOlderThan: string | null, seconds: number, fresh: () => Answer): Answer {
    const now = Math.floor(this.#now() / 1000);
    const oldest = Number(notOlderThan ?? '') || now - seconds;
    const known = this.#answers.get(address);
    if (known && known.cachedAt >= oldest) return known.answer;
    const answer = fresh();
    this.#answers.set(address, { answer, cachedAt: now });
    return answer;
  }
}
