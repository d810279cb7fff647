-- The state of the monitor itself, for Grafana.

create view reporting.api_minutes as
select minute, process, route, requests, failures, mean_ms, p95_ms, greatest_ms from api_minute;

create view reporting.ingestion as
select (select max(fetched_at) from run) as newest_stored_at,
       (select max(run) from run where model is not null) as newest_run,
       (select count(*) from run where status = 'ERROR')::integer as runs_in_error,
       (select count(*) from run where lease_until > now())::integer as runs_in_hand,
       (select count(*) from run where lease_until <= now())::integer as runs_left_by_workers,
       (select count(*) from run where status in ('PENDING_REEVALUATION', 'REEVALUATING'))::integer as runs_to_reevaluate;

-- The queue's schema is made by the first worker, not by a migration: nothing until then. The functions run with the
-- rights of the owner, because the reader of the views must not see the queue itself.
create function reporting.job_counts() returns table (kind text, state text, jobs bigint, oldest timestamptz)
language plpgsql stable security definer set search_path = pg_catalog as $$
begin
  if to_regclass('pgboss.job') is null then return; end if;
  return query execute
    $sql$ select data ->> 'kind', state::text, count(*), min(created_on) from pgboss.job
          where name = 'runs' group by 1, 2 $sql$;
end $$;

create function reporting.finished_jobs(since timestamptz)
returns table (kind text, run integer, state text, created_at timestamptz, started_at timestamptz, finished_at timestamptz, retries integer)
language plpgsql stable security definer set search_path = pg_catalog as $$
begin
  if to_regclass('pgboss.job') is null then return; end if;
  return query execute
    $sql$ select data ->> 'kind', (data ->> 'run')::integer, state::text, created_on, started_on, completed_on, retry_count
          from (select data, state, created_on, started_on, completed_on, retry_count from pgboss.job where name = 'runs'
                union all
                select data, state, created_on, started_on, completed_on, retry_count from pgboss.archive where name = 'runs') as j
          where completed_on >= $1 and started_on is not null $sql$ using since;
end $$;

-- A worker that lives asks the source for runs by schedule: the last time that one did, as long as the queue remembers (a day).
create function reporting.last_discovery() returns timestamptz language sql stable as $$
  select max(finished_at) from reporting.finished_jobs(now() - interval '1 day') where kind = 'discover' and state = 'completed'
$$;
