import { Agent, fetch, type Response } from 'undici';
import { DqmError, type Subject } from './error.ts';
import type { TlsMaterial } from './certificate.ts';
import { transportFault } from './transportFault.ts';
import { whenStopped, type Stops } from './stops.ts';
import { userAgent } from './userAgent.ts';

/** A reply as it came, whatever its status. */
export interface Reply {
  status: number;
  contentType: string;
  location: string | undefined;
  retryAfter: string | undefined;
  text: string;
}

interface TransportOptions {
  tls: TlsMaterial;
  concurrency: number;
  timeoutMs: number;
}

/** One GET at a time over kept connections; knows nothing of histograms. */
export class Transport {
  readonly #agent: Agent;
  readonly #timeoutMs: number;
  #everAnswered = false;

  constructor({ tls, concurrency, timeoutMs }: TransportOptions) {
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({
      connections: concurrency,
      pipelining: 1,
      keepAliveTimeout: 10_000,
      connect: { ...tls, timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /**
   * @param maxBytes of the reply, unpacked.
   * @throws {DqmError} unreachable, timeout, refused-certificate, wrong-shape (too large) or cancelled.
   */
  async get(url: string, subject: Subject, stops: Stops, maxBytes: number): Promise<Reply> {
    const controller = new AbortController();
    const stopFor = (reason: DqmError) => () => controller.abort(reason);
    const late = new DqmError('timeout', `no complete answer within ${this.#timeoutMs} ms`, subject);
    const timer = setTimeout(stopFor(late), this.#timeoutMs);
    const withdraw = whenStopped(stops, stopFor(new DqmError('cancelled', 'cancelled', subject)));
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
    return {
      status: response.status,
      contentType: header('content-type') ?? '',
      location: header('location'),
      retryAfter: header('retry-after'),
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
        throw new DqmError('wrong-shape', `reply is larger than ${maxBytes} bytes`, subject);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}
