import { type Run, type RunStatus, runStatuses } from '@dtdqm/contract';
import { transaction, type Database, type Queryable } from './database.ts';
import { mostLostWorkers, type JobOutcome } from './jobs.ts';
import type { ListedRun } from '../dqm/source.ts';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';

export interface RunQuery {
  /** 1..1000; 100 unless set. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
  /** Instead of a cursor: the page in whose middle this run is, whether it is stored or not. */
  around?: number | undefined;
  /** All statuses unless set. */
  statuses?: readonly RunStatus[];
  /** First and last run, both included. */
  from?: number | undefined;
  to?: number | undefined;
  /** Whose scores are the current ones, `<name>@<version>`. */
  model?: string | undefined;
  /** Only runs with bad layers, or only runs without. */
  bad?: boolean | undefined;
}

/** Runs, newest run number first. */
export async function listRuns(
  db: Queryable,
  { limit = 100, cursor = null, around, statuses = runStatuses, from, to, model, bad }: RunQuery = {},
): Promise<{ runs: Run[]; nextCursor: string | null }> {
  const { rows } = await db.query<RunRow>(
    `with wanted as not materialized (
       ${selectRun}
       where status = any($1::run_status[]) and ($2::integer is null or run < $2)
         and ($4::integer is null or run >= $4) and ($5::integer is null or run <= $5)
         and ($6::text is null or model = $6) and ($7::boolean is null or (bad_layers > 0) = $7)
     )
     select * from wanted
     where $8::integer is null or run <= coalesce(
       (select max(run) from (select run from wanted where run >= $8 order by run limit $3 / 2) upper_half), $8)
     order by run desc
     limit $3`,
    [statuses, cursor, limit + 1, from, to, model, bad, around],
  );
  const runs = rows.slice(0, limit).map(toRun);
  return { runs, nextCursor: rows.length > limit ? String(runs.at(-1)?.run) : null };
}

export async function getRun(db: Queryable, run: number): Promise<Run | null> {
  const { rows } = await db.query<RunRow>(`${selectRun} where run = $1`, [run]);
  return rows[0] ? toRun(rows[0]) : null;
}

/** True when the run is stored, whatever its status, or was deleted. */
export async function isKnownRun(db: Queryable, run: number): Promise<boolean> {
  const { rowCount } = await db.query(
    'select from run where run = $1 union all select from deleted_run where run = $1',
    [run],
  );
  return rowCount !== 0;
}

/** Numbers of the runs whose chambers can be looked at, newest first: re-evaluation hides nothing. */
export async function finishedRuns(
  db: Queryable,
  { limit = 100, before }: { limit?: number; before?: number } = {},
): Promise<number[]> {
  const { rows } = await db.query<{ run: number }>(
    `select run from run
     where status in ('FINISHED', 'PENDING_REEVALUATION', 'REEVALUATING') and ($1::integer is null or run < $1)
     order by run desc
     limit $2`,
    [before, limit],
  );
  return rows.map(({ run }) => run);
}

/**
 * Removes the run with all its chambers and scores, and keeps discovery and waiting jobs from bringing it back.
 *
 * @returns how many chambers went with it; null when there was no such run.
 */
export async function deleteRun(database: Database, run: number): Promise<number | null> {
  return transaction(database, async (client) => {
    // In the order in which a claim locks them, or the two would end each other.
    await client.query('select from job where run = $1 for update', [run]);
    const { rows } = await client.query<{ chambers: number }>(
      `with deleted as (
         delete from run where run = $1
         returning (select count(*)::integer from chamber where chamber.run = $1) as chambers
       ), remembered as (
         insert into deleted_run (run) select $1 from deleted on conflict (run) do nothing
       )
       select chambers from deleted`,
      [run],
    );
    // A statement of its own also sees what was asked for while the run was waited for.
    if (rows.length > 0) await client.query('delete from job where run = $1', [run]);
    return rows[0]?.chambers ?? null;
  });
}

type Moments = Record<'createdAt' | 'updatedAt' | 'lifeSince', Date> &
  Record<'startedAt' | 'lookedAt' | 'lookAt', Date | null>;
type RunRow = Omit<Run, keyof Moments> & Moments;

const selectRun = `
  select run, dataset, status, error, chambers, absent_chambers as "absentChambers", failed_chambers as "failedChambers",
         bad_layers as "badLayers", model, life = 'final' as closed, life,
         life_reason as "lifeReason", life_since as "lifeSince", looked_at as "lookedAt", look_at as "lookAt", kept_chambers as "keptChambers",
         (select reason from coverage_incident c where c.run = run.run and closed_at is null) as coverage, started_at as "startedAt", created_at as "createdAt", updated_at as "updatedAt"
  from run`;

function toRun(row: RunRow): Run {
  return {
    ...row,
    startedAt: row.startedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    lifeSince: row.lifeSince.toISOString(),
    lookedAt: row.lookedAt?.toISOString() ?? null,
    lookAt: row.lookAt?.toISOString() ?? null,
  };
}

/**
 * Of the runs that the source lists, those that are not stored; and stored runs that are due for a look, listed or not: a listing may
 * forget. What nothing was ever had of is left alone while it is not listed: there may be no such run. Left out is what is
 * in hand, is asked for already, was given up after too many lost workers, or was deleted by people.
 *
 * @returns newest first.
 */
export async function runsToLookAt(db: Queryable, listed: readonly ListedRun[]): Promise<ListedRun[]> {
  const { rows } = await db.query<ListedRun>(
    `with listed as (
       select distinct on (run) run, dataset from unnest($1::integer[], $2::text[]) as l (run, dataset)
     )
     select coalesce(l.run, r.run) as run, coalesce(l.dataset, r.dataset) as dataset
     from listed l full join (
       -- A run looked at at a time that is still to come would wait until then: the clock was put back.
       select *, look_at is not null and (look_at <= now() or looked_at > now() + interval '1 minute') as is_due
       from run where look_at is not null or run = any($1)
     ) r using (run)
     where case when r.run is null then not exists (select from deleted_run d where d.run = l.run)
                else r.is_due and r.lease_until is null and r.lost_workers < $3 and (r.chambers > 0 or l.run is not null) end
       and not exists (select from job j where j.run = coalesce(l.run, r.run) and j.kind = 'fetch')
     order by 1 desc`,
    [listed.map(({ run }) => run), listed.map(({ dataset }) => dataset), mostLostWorkers],
  );
  return rows;
}

/** Runs within the bounds of which the source showed chambers, of whatever dataset unless it is named. */
export async function countHad(
  db: Queryable,
  { dataset, firstRun, lastRun }: { dataset?: string | undefined; firstRun?: number; lastRun?: number },
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from run
     where dataset = coalesce($1, dataset) and chambers > 0 and run >= coalesce($2, run) and run <= coalesce($3, run)`,
    [dataset, firstRun, lastRun],
  );
  return rows[0]?.count ?? 0;
}

/**
 * When a worker last finished looking for runs, as seconds ago by the database's clock; null when none did within a day. What it did at a time
 * that is still to come does not count: the clock was put back, and nobody would look until it has caught up.
 */
export async function secondsSinceDiscovery(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ seconds: number | null }>(
    `select extract(epoch from now() - max(started_at))::real as seconds from finished_job
     where kind = 'discover' and state = 'completed' and started_at <= now()`,
  );
  return rows[0]?.seconds ?? null;
}

/** Remembers a look for runs that began so many seconds ago, and forgets what is older than a day, or was by a clock that has been put back. */
export async function recordDiscovery(db: Queryable, seconds: number, state: JobOutcome): Promise<void> {
  await db.query(
    `with forgotten as (
       delete from finished_job where finished_at < now() - interval '1 day' or finished_at > now() + interval '1 minute'
     )
     insert into finished_job (kind, state, created_at, started_at)
     select 'discover', $2, began, began from (select now() - make_interval(secs => $1) as began) as look`,
    [seconds, state],
  );
}

export interface Listener {
  close(): Promise<void>;
}

/**
 * Calls `onRun` with the number of every run that any process stores, changes or deletes. A hint only: what happens while
 * the connection is away is lost, so that `onReconnect` should look at everything again.
 *
 * @param url of the database.
 * @param onListening called whenever nothing is missed from now on, the first time too.
 */
export function listenToRuns(
  url: string,
  log: Pick<Logger, 'warn'>,
  onRun: (run: number) => void,
  onReconnect: () => void = () => undefined,
  onListening: () => void = () => undefined,
): Listener {
  const closing = new AbortController();
  const done = loop();
  return {
    async close() {
      closing.abort();
      await done;
    },
  };

  async function loop(): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      if (attempt > 0) {
        await delay(2000, undefined, { signal: closing.signal }).catch(() => undefined);
        if (closing.signal.aborted) return;
      }
      await session(attempt > 0).catch((error: Error) =>
        log.warn({ error: error.message }, 'listening to runs'),
      );
    }
  }

  /** Ends when the connection does. */
  async function session(again: boolean): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'dtdqm listen',
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
      closing.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await client.connect();
      client.on('notification', ({ payload }) => onRun(Number(payload)));
      await client.query('listen dtdqm_run');
      onListening();
      if (again) onReconnect();
      await ended;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
