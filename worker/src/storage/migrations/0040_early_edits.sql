-- Until 2026-11-24 migrations that had landed were edited in place: 67 commits left databases that lack what the files say now.
-- Each step looks first whether it is needed, so that a database made from the edited files stays as it is.

create table if not exists deleted_run (
  run integer primary key,
  deleted_at timestamptz not null default now()
);
comment on table deleted_run is 'Runs that people removed: discovery leaves them alone until somebody asks for them again.';

do $$
begin
  if exists (select from pg_attribute where attrelid = 'run'::regclass and attname = 'content_hash' and not attisdropped) then
    -- Renamed, not added: back-ups name columns in their order. Without a value the run is compared anew at its next fetch.
    alter table run rename content_hash to stability;
    alter table run alter stability type jsonb using null;
    comment on column run.stability is 'Content hash and how long the run has not changed: tells whether it still grows.';
  end if;

  if to_regprocedure('announce_run()') is null then
    -- Tells listeners that something is worth looking at again; heartbeats do not touch these columns.
    create function announce_run() returns trigger language plpgsql as $function$
begin
  perform pg_notify('dtdqm_run', coalesce(new.run, old.run)::text);
  return null;
end
$function$;
    create trigger announce_run after insert or delete or update of status on run
      for each row execute function announce_run();
  end if;

  if pg_get_indexdef('queue_twin_idx'::regclass) not like '%twin_rank%' then
    drop index queue_twin_idx;
    create index queue_twin_idx on queue (twin, twin_rank desc);
  end if;

  if pg_get_indexdef('queue_audit_idx'::regclass) not like '%(run, random_key)%' then
    drop index queue_audit_idx;
    create index queue_audit_idx on queue (run, random_key) where audit;
  end if;

  if pg_get_viewdef('reporting.agreement'::regclass) like '%rated%' then
    create or replace view reporting.agreement as
    with judged as (
      select count(*) filter (where label = 'bad')::real as bad, count(*) filter (where label = 'good')::real as good
      from reporting.opinions where label <> 'not-sure'
      group by run, wheel, station, sector, layer
      having count(*) >= 2
    ), summed as (
      select count(*) as layers, count(*) filter (where bad = 0 or good = 0) as agreed,
             sum(2 * bad * good / (bad + good - 1)) as disagreement, sum(bad) as bad, sum(good) as good
      from judged
    )
    select layers, agreed::real / nullif(layers, 0) as share_agreed,
           (1 - (bad + good - 1) * disagreement / nullif(2 * bad * good, 0))::real as alpha
    from summed;
  end if;

  if to_regprocedure('reporting.score_drift(integer, integer)') is null then
    drop view reporting.score_drift;
    create function reporting.score_drift(newest integer, wanted integer)
    returns table (run integer, at timestamptz, model text, reference_runs integer, psi real) language sql stable as $function$
  with chosen as (
    select r.run, r.fetched_at as at, r.model from reporting.runs r
    where r.status = 'FINISHED' and r.model is not null and r.run <= newest
    order by r.run desc limit wanted + 20
  ), filled as (
    select c.run, c.at, c.model, n.bin, coalesce(b.layers, 0) as layers
    from chosen c
    cross join generate_series(0, 19) as n(bin)
    left join reporting.score_bins b on b.run = c.run and b.bin = n.bin
  ), compared as (
    select f.run, f.at, f.model, layers + 0.5::real as now, coalesce(sum(layers) over earlier, 0) + 0.5::real as before, count(*) over earlier as reference_runs
    from filled f
    window earlier as (partition by f.model, bin order by f.run rows between 20 preceding and 1 preceding)
  ), shares as (
    select c.run, c.at, c.model, c.reference_runs, now / sum(now) over same_run as p, before / sum(before) over same_run as q
    from compared c
    where c.reference_runs >= 5
    window same_run as (partition by c.run)
  )
  select s.run, s.at, s.model, s.reference_runs::integer, sum((p - q) * ln(p / q))::real
  from shares s
  group by s.run, s.at, s.model, s.reference_runs
  order by s.run desc limit wanted
$function$;
  end if;
end
$$;
