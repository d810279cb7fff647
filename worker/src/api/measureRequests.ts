import { mean } from '@dtdqm/contract/numbers';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { Metrics } from '../observe/metrics.ts';
import type { Queryable } from '../storage/database.ts';
import type { Caller } from './auth.ts';

const harmlessId = /^[\w.:-]{8,100}$/;

export interface RequestObservers {
  log: Pick<Logger, 'debug' | 'info' | 'warn'>;
  metrics: Pick<Metrics, 'request'> | undefined;
  minutes: Pick<AnswerTimes, 'count'>;
}

/**
 * Gives every request an id, the caller's own when it is harmless, and times it under the pattern of the route that took it: to the last
 * byte for the log and for Prometheus, until the answer was ready for the minutes, whose means an event stream of hours would spoil.
 */
export function measureRequests({ log, metrics, minutes }: RequestObservers): Middleware {
  return async (ctx, next) => {
    const given = ctx.get('X-Request-Id');
    const requestId = harmlessId.test(given) ? given : randomUUID();
    ctx.state['requestId'] = requestId;
    ctx.set('X-Request-Id', requestId);
    const started = performance.now();
    ctx.res.once('close', () => {
      const { method, path, status } = ctx;
      const ms = performance.now() - started;
      metrics?.request({ route: routeOf(ctx) ?? 'none', method, status, seconds: ms / 1000 });
      const caller = ctx.state['caller'] as Caller | undefined;
      const line = {
        requestId,
        method,
        path,
        status,
        milliseconds: Math.round(ms * 10) / 10,
        ...(caller === undefined ? {} : { caller: caller.name }),
        ...(ctx.res.writableFinished ? {} : { cutShort: true }),
      };
      // Routine reading is too much for a control room's log; changes, refusals and failures are not.
      if (status >= 500) log.warn(line, 'request');
      else if (status >= 400 || method !== 'GET') log.info(line, 'request');
      else log.debug(line, 'request');
    });
    try {
      await next();
    } finally {
      const route = routeOf(ctx);
      const name = route === undefined ? 'no route' : `${ctx.method} ${route}`;
      minutes.count(name, ctx.status, performance.now() - started);
    }
  };
}

/** The pattern and not the address. Addresses that no route answers are for attackers to choose: they are counted together. */
function routeOf(ctx: Context): string | undefined {
  const matched = (ctx as { _matchedRoute?: unknown })._matchedRoute;
  return typeof matched === 'string' ? matched : undefined;
}

/** How long the minutes are kept. */
const keptDays = 30;
const minuteMs = 60_000;

interface RouteTimes {
  failures: number;
  milliseconds: number[];
}

export interface AnswerTimes {
  /** Counts one answer. */
  count(route: string, status: number, milliseconds: number): void;
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
      [...counted].map(([route, times]) => ({ minute: at, process: name, route, ...summaryOf(times) })),
    );
    await forgetApiMinutes(db, keptDays);
  }

  // What is lost while the database is away is a picture of the past, not data.
  const tryFlush = () =>
    flush().catch((error: Error) => log.warn({ error: error.message }, 'answer times could not be stored'));
  const timer = setInterval(() => void tryFlush(), minuteMs);
  timer.unref();

  return {
    count(route, status, milliseconds) {
      const times = routes.get(route) ?? { failures: 0, milliseconds: [] };
      times.milliseconds.push(milliseconds);
      if (status >= 500) times.failures += 1;
      routes.set(route, times);
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

function summaryOf({ failures, milliseconds }: RouteTimes): Omit<ApiMinute, 'minute' | 'process' | 'route'> {
  const sorted = milliseconds.sort((a, b) => a - b);
  const requests = sorted.length;
  return {
    requests,
    failures,
    meanMs: mean(sorted),
    p95Ms: sorted[Math.ceil(requests * 0.95) - 1] ?? 0,
    greatestMs: sorted.at(-1) ?? 0,
  };
}

/** How one route answered within one minute. */
export interface ApiMinute {
  minute: Date;
  /** Tells processes apart, such as host name and process number. */
  process: string;
  /** Method and pattern, such as `GET /api/v1/runs/:run`; never the address itself. */
  route: string;
  requests: number;
  /** Answers of 500 and above. */
  failures: number;
  meanMs: number;
  p95Ms: number;
  greatestMs: number;
}

/** Stores minutes that are over; the same minute again replaces what was there. */
export async function saveApiMinutes(db: Queryable, minutes: readonly ApiMinute[]): Promise<void> {
  await db.query(
    `insert into api_minute (minute, process, route, requests, failures, mean_ms, p95_ms, greatest_ms)
     select minute, process, route, requests, failures, "meanMs", "p95Ms", "greatestMs"
     from json_to_recordset($1) as m (minute timestamptz, process text, route text, requests integer, failures integer,
                                      "meanMs" real, "p95Ms" real, "greatestMs" real)
     on conflict (minute, process, route) do update set
       requests = excluded.requests, failures = excluded.failures, mean_ms = excluded.mean_ms, p95_ms = excluded.p95_ms,
       greatest_ms = excluded.greatest_ms`,
    [JSON.stringify(minutes)],
  );
}

/** Forgets minutes older than so many days. */
export async function forgetApiMinutes(db: Queryable, days: number): Promise<void> {
  await db.query(`delete from api_minute where minute < now() - make_interval(days => $1)`, [days]);
}
