import { hostname } from 'node:os';
import type { Queryable } from '../storage/database.ts';
import type { FinishedRequest } from './createMetrics.ts';

/** How long the minutes are kept: what is older interests nobody, Prometheus has it where there is one. */
const keptDays = 30;

/** Sums requests up by minute and route into the table that the operations dashboard reads, for sites without Prometheus. */
export class ApiMinutes {
  readonly #database: Queryable;
  readonly #process = `${hostname()}:${process.pid}`;
  readonly #timer: NodeJS.Timeout;
  #seconds = new Map<string, { all: number[]; failures: number }>();

  constructor(database: Queryable) {
    this.#database = database;
    this.#timer = setInterval(() => void this.#write(), 60_000);
    this.#timer.unref();
  }

  add({ route, method, status, seconds }: FinishedRequest): void {
    const key = `${method} ${route}`;
    const sums = this.#seconds.get(key) ?? { all: [], failures: 0 };
    this.#seconds.set(key, sums);
    sums.all.push(seconds);
    if (status >= 500) sums.failures++;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#write();
  }

  /** A minute that cannot be written is lost: it is not worth a failure. */
  async #write(): Promise<void> {
    const minutes = [...this.#seconds].map(([route, { all, failures }]) => {
      const sorted = all.map((seconds) => seconds * 1000).sort((a, b) => a - b);
      return {
        route,
        requests: sorted.length,
        failures,
        mean_ms: sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
        p95_ms: sorted[Math.floor(0.95 * (sorted.length - 1))],
        greatest_ms: sorted.at(-1),
      };
    });
    this.#seconds = new Map();
    if (minutes.length === 0) return;
    try {
      await this.#database.query(
        `insert into api_minute (minute, process, route, requests, failures, mean_ms, p95_ms, greatest_ms)
         select date_trunc('minute', now()), $1, m.* from jsonb_to_recordset($2::jsonb)
           as m (route text, requests integer, failures integer, mean_ms real, p95_ms real, greatest_ms real)
         on conflict do nothing`,
        [this.#process, JSON.stringify(minutes)],
      );
      await this.#database.query('delete from api_minute where minute < now() - make_interval(days => $1)', [
        keptDays,
      ]);
    } catch {
      return;
    }
  }
}
