-- Work on runs: what is asked for stands in one table of ours, from which workers claim it, instead of in tables of a
-- library (docs/decisions/0014). Who has a run in hand is written in the run itself, as before.

create table job (
  kind text not null check (kind in ('fetch', 'reevaluate')),
  run integer not null check (run > 0),
  dataset text,
  by_hand boolean not null default false,
  ended boolean not null default false,
  requested_at timestamptz not null default now(),
  started_at timestamptz,
  tries integer not null default 0 check (tries >= 0),
  primary key (run, kind),
  check ((kind = 'fetch') = (dataset is not null))
);
comment on table job is 'Work on runs that is not done yet. A row goes in the transaction that stores what came of it, so a worker that dies loses nothing.';
comment on column job.by_hand is 'Somebody asked for it: goes before all that discovery found.';
comment on column job.ended is 'The run is known to be over, so that one fetch is enough.';
comment on column job.started_at is 'When a worker last claimed it; asked for again since when requested_at is later.';

-- The order in which jobs are claimed: what people asked for, oldest first, then the newest runs.
create index job_order_idx on job (by_hand desc, (case when by_hand then requested_at end), run desc, kind);

create table finished_job (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('discover', 'fetch', 'reevaluate')),
  run integer,
  state text not null check (state in ('completed', 'failed')),
  created_at timestamptz not null,
  started_at timestamptz not null,
  finished_at timestamptz not null default now(),
  retries integer not null default 0
);
comment on table finished_job is 'What workers did within the last day, for dashboards and alerts; nothing depends on it.';
create index finished_job_time_idx on finished_job (finished_at);

create or replace function reporting.job_counts() returns table (kind text, state text, jobs bigint, oldest timestamptz)
language sql stable security definer set search_path = pg_catalog as $$
  select j.kind,
         case when r.lease_until > now() and (j.kind = 'reevaluate') = (r.status = 'REEVALUATING') then 'active'
              when j.tries > 0 then 'retry'
              else 'created' end as state,
         count(*), min(j.requested_at)
  from public.job j left join public.run r using (run)
  group by 1, 2
  union all
  select kind, state, count(*), min(created_at) from public.finished_job
  where finished_at > now() - interval '1 hour' group by 1, 2
$$;

create or replace function reporting.finished_jobs(since timestamptz)
returns table (kind text, run integer, state text, created_at timestamptz, started_at timestamptz, finished_at timestamptz, retries integer)
language sql stable security definer set search_path = pg_catalog as $$
  select kind, run, state, created_at, started_at, finished_at, retries from public.finished_job where finished_at >= since
$$;

-- Carries over what waits or is in hand. The schema of the library stays for workers of the version before that still run; once
-- there are none, "drop schema pgboss cascade" removes it.
insert into job (kind, run) select 'reevaluate', run from run where status in ('PENDING_REEVALUATION', 'REEVALUATING');
insert into job (kind, run, dataset, tries)
select 'fetch', run, dataset, 1 from run where lease_until is not null and status not in ('PENDING_REEVALUATION', 'REEVALUATING');

do $$
begin
  if to_regclass('pgboss.job') is null then return; end if;
  execute $sql$
    insert into public.job (kind, run, dataset, by_hand, ended, requested_at)
    select distinct on (wanted.run) 'fetch', wanted.run, wanted.dataset, by_hand, ended, asked_at
    from (
      select (data ->> 'run')::integer as run, data ->> 'dataset' as dataset, priority = 2147483647 as by_hand,
             coalesce((data ->> 'ended')::boolean, false) as ended, (data ->> 'askedAt')::timestamptz as asked_at
      from pgboss.job
      where name = 'runs' and data ->> 'kind' = 'fetch' and state::text in ('created', 'retry', 'active')
    ) as wanted
    left join public.run stored on stored.run = wanted.run
    where stored.fetched_at is null or stored.fetched_at < asked_at
    order by wanted.run, by_hand desc, asked_at
    on conflict (run, kind) do update set by_hand = excluded.by_hand, ended = excluded.ended, requested_at = excluded.requested_at
  $sql$;
exception
  when insufficient_privilege then
    raise notice 'jobs of the version before cannot be read: runs asked for by hand and not fetched yet must be asked for again';
end $$;
