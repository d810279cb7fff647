import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, type Dispatcher, EnvHttpProxyAgent, type Response, fetch } from 'undici';
import { type DataSource, dataSources } from '@dtdqm/contract';
import { DqmError, type Subject } from './source.ts';
import type { TlsMaterial } from './certificate.ts';
import { proxiesOf } from './proxy.ts';

/** Signals that each end a request: the caller's own, and the client's when it closes. */
export type AbortSignals = readonly AbortSignal[];

export const isAborted = (signals: AbortSignals) => signals.some((stop) => stop.aborted);

/**
 * Calls back at the first signal; the function returned takes it all back. By hand, because a signal made by
 * `AbortSignal.any` is kept for as long as the longest-lived of its sources.
 */
export function onAbort(signals: AbortSignals, callback: () => void): () => void {
  if (isAborted(signals)) callback();
  // One signal may well end all 250 requests of a run; that is no leak.
  setMaxListeners(0, ...signals);
  for (const stop of signals) stop.addEventListener('abort', callback);
  return () => {
    for (const stop of signals) stop.removeEventListener('abort', callback);
  };
}

/** Waits, or less when stopped; never throws, so that whoever comes next reports the stop. */
export async function pause(ms: number, signals: AbortSignals): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      withdraw();
      resolve();
    };
    const timer = setTimeout(done, ms);
    let withdraw = () => {};
    if (isAborted(signals)) return done();
    withdraw = onAbort(signals, done);
  });
}

/** Waits for something to be done, or less when stopped. @throws what it fails with. */
export async function unlessAborted(done: Promise<void>, signals: AbortSignals): Promise<void> {
  let withdraw = () => {};
  const stopped = new Promise<void>((resolve) => (withdraw = onAbort(signals, resolve)));
  await Promise.race([done, stopped]).finally(withdraw);
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Tells the operators of the DQM server who asks. */
export const userAgent = `dt-occupancy-monitor/${version} (CMS DT data quality)`;

/** A reply as it came, whatever its status. */
export interface Reply {
  status: number;
  location: string | undefined;
  retryAfter: string | undefined;
  /** When the server sent it, by its own clock. */
  date: string | undefined;
  text: string;
}

interface TransportOptions {
  /** Of the server: on this machine it is asked without a proxy, whatever the environment says. */
  url: string;
  tls: TlsMaterial;
  concurrency: number;
  timeoutMs: number;
}

const isLoopback = (url: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

/** One GET at a time over kept connections; knows nothing of histograms. */
export class Transport {
  readonly #agent: Dispatcher;
  readonly #timeoutMs: number;
  #everAnswered = false;
  /** What the server said last of where its hits come from; a DQM server says nothing, our simulator does. */
  origin: DataSource = 'real';

  /** @throws {RangeError} for a proxy in the environment that cannot be one. */
  constructor({ url, tls, concurrency, timeoutMs }: TransportOptions) {
    this.#timeoutMs = timeoutMs;
    const connect = { ...tls, timeout: timeoutMs };
    const options = {
      connections: concurrency,
      pipelining: 1,
      keepAliveTimeout: 10_000,
      connect,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    };
    // HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capitals or not. The certificate is shown to the server, not to the proxy.
    this.#agent = isLoopback(url)
      ? new Agent(options)
      : new EnvHttpProxyAgent({
          ...options,
          ...proxiesOf(process.env),
          requestTls: connect,
          proxyTls: { timeout: timeoutMs },
        });
  }

  /**
   * @param maxBytes of the reply, unpacked.
   * @throws {DqmError} unreachable, timeout, refused-certificate, wrong-shape (too large) or cancelled.
   */
  async get(url: string, subject: Subject, signals: AbortSignals, maxBytes: number): Promise<Reply> {
    const controller = new AbortController();
    // Made when it is needed: the stack of an error costs more than the rest of this function.
    const stopFor = (code: 'timeout' | 'cancelled', reason: string) => () =>
      controller.abort(new DqmError(code, reason, subject));
    const late = `no complete answer within ${this.#timeoutMs} ms`;
    const timer = setTimeout(stopFor('timeout', late), this.#timeoutMs);
    const withdraw = onAbort(signals, stopFor('cancelled', 'cancelled'));
    try {
      return await this.#exchange(url, subject, controller.signal, maxBytes);
    } catch (thrown) {
      if (controller.signal.aborted) throw controller.signal.reason as DqmError;
      throw thrown instanceof DqmError
        ? thrown
        : transportFault(thrown, url, subject, { everAnswered: this.#everAnswered });
    } finally {
      clearTimeout(timer);
      withdraw();
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #exchange(url: string, subject: Subject, signal: AbortSignal, maxBytes: number): Promise<Reply> {
    const response = await fetch(url, {
      dispatcher: this.#agent,
      signal,
      // A redirect leads to a login page: it must be seen, not followed.
      redirect: 'manual',
      headers: { 'user-agent': userAgent, accept: 'application/json, text/plain' },
    });
    this.#everAnswered = true;
    const header = (name: string) => response.headers.get(name) ?? undefined;
    this.origin = dataSources.find((each) => each === header('x-dtdqm-source')) ?? 'real';
    return {
      status: response.status,
      location: header('location'),
      retryAfter: header('retry-after'),
      date: header('date'),
      text: await this.#text(response, subject, maxBytes),
    };
  }

  /** Counts bytes after decompression, so that a small reply cannot unpack into all our memory. */
  async #text(response: Response, subject: Subject, maxBytes: number): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) {
        throw new DqmError(
          'wrong-shape',
          `reply is larger than ${maxBytes / 2 ** 20} MiB, the most that is read`,
          subject,
        );
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

interface Coded {
  code?: unknown;
  message?: unknown;
  /** Who was to be reached: told of a name that is not known, and of a port that is closed. */
  hostname?: unknown;
  address?: unknown;
  port?: unknown;
  cause?: unknown;
}

const untrusted = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
];

/** Turns what the socket, TLS or HTTP layer threw into an error that says what it means. */
export function transportFault(
  thrown: unknown,
  url: string,
  subject: Subject,
  { everAnswered }: { everAnswered: boolean },
): DqmError {
  const root = rootOf(thrown);
  const code = typeof root.code === 'string' ? root.code : '';
  const message = typeof root.message === 'string' ? root.message : String(thrown);
  const { host, hostname, port, protocol } = new URL(url);
  const variable = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const say = (kind: 'unreachable' | 'refused-certificate' | 'timeout', reason: string, mayPass: boolean) =>
    new DqmError(kind, reason, subject, { cause: thrown, mayPass });

  if (untrusted.includes(code)) {
    return say('refused-certificate', `the certificate of ${host} is not trusted; give its CA file`, false);
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return say('refused-certificate', `the certificate of ${host} is not valid today`, false);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return say('refused-certificate', `the certificate of ${host} is for another host`, false);
  }
  if (
    /certificate[_ ]required|handshake[_ ]failure|bad[_ ]certificate|certificate[_ ]unknown|unknown[_ ]ca/i.test(
      `${code} ${message}`,
    )
  ) {
    return say('refused-certificate', `${host} did not accept our client certificate, or wants one`, false);
  }
  const refusedByProxy = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  if (refusedByProxy !== undefined) {
    const fix = refusedByProxy === '407' ? 'give user and password in it' : 'name the host in NO_PROXY';
    const reason = `the proxy of ${variable} does not let us through to ${host} (status ${refusedByProxy}); ${fix}`;
    return say('unreachable', reason, Number(refusedByProxy) >= 500);
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code)) {
    return say('unreachable', `${host} does not speak TLS; is its address http://?`, false);
  }
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return say('timeout', `${host} did not answer in time (${code})`, true);
  // With TLS 1.3 a server judges our certificate after we think that all is well, and many just hang up then.
  if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code) && url.startsWith('https:') && !everAnswered) {
    const reason = `${host} hangs up before its first reply: it probably did not accept our client certificate, or wants one`;
    return say('refused-certificate', reason, true);
  }
  const usualPort = protocol === 'https:' ? '443' : '80';
  const isElsewhere =
    (root.hostname ?? hostname) !== hostname || String(root.port ?? port) !== (port || usualPort);
  const where =
    isElsewhere && /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/.test(code)
      ? `the proxy of ${variable}, on the way to ${host}`
      : host;
  return say('unreachable', `${reasonOf(code, message)} (${where})`, true);
}

function reasonOf(code: string, message: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'host name not found';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'connection lost';
    default:
      return code === '' ? message : `${message} [${code}]`;
  }
}

/** The innermost cause says most; a failed connection to several addresses carries them as a list. */
function rootOf(thrown: unknown): Coded {
  let current = thrown as Coded & { errors?: unknown[] };
  for (let depth = 0; depth < 5; depth += 1) {
    const inner = current.cause ?? (current.errors ? current.errors[0] : undefined);
    if (typeof inner !== 'object' || inner === null) break;
    current = inner;
  }
  return current;
}
