import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Misbehaviour } from './misbehaviour.ts';

const mostBytes = 1 << 20;

/**
 * The simulator's own end-point, outside the base path:
 * `GET /control`, `PUT|POST|DELETE /control/rules` (replace, add, clear), `DELETE /control/requests` (reset counters).
 */
export async function control(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  parts: { misbehaviour: Misbehaviour; log: RequestLog },
): Promise<void> {
  const { misbehaviour, log } = parts;
  const state = () => ({ rules: misbehaviour.rules, requests: log.counts() });
  try {
    switch (`${request.method} ${path}`) {
      case 'GET /control':
        break;
      case 'PUT /control/rules':
        misbehaviour.replace(await readJson(request));
        break;
      case 'POST /control/rules':
        misbehaviour.add(await readJson(request));
        break;
      case 'DELETE /control/rules':
        misbehaviour.replace([]);
        break;
      case 'DELETE /control/requests':
        log.reset();
        break;
      default:
        return reply(response, 404, { error: `no control at ${request.method} ${path}` });
    }
    reply(response, 200, state());
  } catch (fault) {
    reply(response, 400, { error: fault instanceof Error ? fault.message : String(fault) });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new RangeError(`body: at most ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RangeError('body: must be a JSON list of rules');
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

export interface RequestCounts {
  total: number;
  /** By run number; listings count under `listing`. */
  byRun: Record<string, number>;
  /** By path without query. */
  byPath: Record<string, number>;
  /** Most requests that were open at the same time. */
  mostAtOnce: number;
  /** Connections accepted. */
  connections: number;
  userAgents: string[];
}

/** Counts requests, so that tests can tell a polite client from a rude one. */
export class RequestLog {
  #total = 0;
  #byRun = new Map<string, number>();
  #byPath = new Map<string, number>();
  #open = 0;
  #mostAtOnce = 0;
  #connections = 0;
  #userAgents = new Set<string>();

  /** Returns what to call when the request is over. */
  opened(request: IncomingMessage, path: string, run: number | undefined): () => void {
    this.#total += 1;
    increment(this.#byPath, path);
    increment(this.#byRun, run === undefined ? 'listing' : String(run));
    this.#userAgents.add(request.headers['user-agent'] ?? '');
    this.#open += 1;
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#open);
    return () => {
      this.#open -= 1;
    };
  }

  connected(): void {
    this.#connections += 1;
  }

  counts(): RequestCounts {
    return {
      total: this.#total,
      byRun: Object.fromEntries(this.#byRun),
      byPath: Object.fromEntries(this.#byPath),
      mostAtOnce: this.#mostAtOnce,
      connections: this.#connections,
      userAgents: [...this.#userAgents],
    };
  }

  reset(): void {
    this.#total = 0;
    this.#byRun.clear();
    this.#byPath.clear();
    this.#mostAtOnce = this.#open;
    this.#connections = 0;
    this.#userAgents.clear();
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
