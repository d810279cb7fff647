import type { IncomingMessage } from 'node:http';

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
