import { hostname } from 'node:os';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { forgetApiMinutes, saveApiMinutes, type ApiMinute } from '../../storage/apiMinutes.ts';
import type { Queryable } from '../../storage/database.ts';

/** How long the minutes are kept. */
const keptDays = 30;
const minuteMs = 60_000;

interface RouteTimes {
  failures: number;
  milliseconds: number[];
}

export interface AnswerTimes {
  /** Counts every request under the pattern of the route that answered it. */
  middleware: Middleware;
  /** Stores what was counted and begins anew. */
  flush(): Promise<void>;
  /** Stores the last minute. */
  stop(): Promise<void>;
}

/** Counts how fast the routes answer and stores it every minute, so that Grafana can show it without another data source. */
export function countAnswerTimes(db: Queryable, log: Pick<Logger, 'warn'>): AnswerTimes {
  let routes = new Map<string, RouteTimes>();
  let minute = currentMinute();
  const name = `${hostname()} ${process.pid}`;

  async function flush(): Promise<void> {
    const [counted, at] = [routes, minute];
    routes = new Map();
    minute = currentMinute();
    if (counted.size === 0) return;
    await saveApiMinutes(
      db,
      [...counted].map(([route, times]) => summarise(at, name, route, times)),
    );
    await forgetApiMinutes(db, keptDays);
  }

  // What is lost while the database is away is a picture of the past, not data.
  const tryFlush = () =>
    flush().catch((error: Error) => log.warn({ error: error.message }, 'answer times cannot be stored'));
  const timer = setInterval(() => void tryFlush(), minuteMs);
  timer.unref();

  return {
    middleware: async (ctx, next) => {
      const started = performance.now();
      try {
        await next();
      } finally {
        // Addresses that no route answers are for attackers to choose: they are counted together.
        const pattern = (ctx as { _matchedRoute?: unknown })._matchedRoute;
        const route = typeof pattern === 'string' ? `${ctx.method} ${pattern}` : 'no route';
        const times = routes.get(route) ?? { failures: 0, milliseconds: [] };
        times.milliseconds.push(performance.now() - started);
        if (ctx.status >= 500) times.failures += 1;
        routes.set(route, times);
      }
    },
    flush,
    async stop() {
      clearInterval(timer);
      await tryFlush();
    },
  };
}

function currentMinute(): Date {
  return new Date(Math.floor(Date.now() / minuteMs) * minuteMs);
}

function summarise(
  minute: Date,
  process: string,
  route: string,
  { failures, milliseconds }: RouteTimes,
): ApiMinute {
  const sorted = milliseconds.sort((a, b) => a - b);
  const requests = sorted.length;
  return {
    minute,
    process,
    route,
    requests,
    failures,
    meanMs: sorted.reduce((sum, each) => sum + each, 0) / requests,
    p95Ms: sorted[Math.ceil(requests * 0.95) - 1] ?? 0,
    greatestMs: sorted.at(-1) ?? 0,
  };
}
