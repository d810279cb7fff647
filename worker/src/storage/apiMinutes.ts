import type { Queryable } from './database.ts';

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
     select * from unnest($1::timestamptz[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::real[], $7::real[], $8::real[])
     on conflict (minute, process, route) do update set
       requests = excluded.requests, failures = excluded.failures, mean_ms = excluded.mean_ms, p95_ms = excluded.p95_ms,
       greatest_ms = excluded.greatest_ms`,
    [
      minutes.map(({ minute }) => minute),
      minutes.map(({ process }) => process),
      minutes.map(({ route }) => route),
      minutes.map(({ requests }) => requests),
      minutes.map(({ failures }) => failures),
      minutes.map(({ meanMs }) => meanMs),
      minutes.map(({ p95Ms }) => p95Ms),
      minutes.map(({ greatestMs }) => greatestMs),
    ],
  );
}

/** Forgets minutes older than so many days. */
export async function forgetApiMinutes(db: Queryable, days: number): Promise<void> {
  await db.query(`delete from api_minute where minute < now() - make_interval(days => $1)`, [days]);
}
