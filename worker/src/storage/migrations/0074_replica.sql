-- Dashboards may read a physical replica. One that is cut off or slow must say how old it is, on each of them.

create function reporting.replica_age() returns interval language sql stable as $$
  select case
    when not pg_is_in_recovery() then null
    -- Without a commit for hours a replica that follows is not old. A stream that is cut is noticed after wal_receiver_timeout (60 s).
    when exists (select from pg_stat_wal_receiver) and pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() then interval '0'
    else greatest(interval '0', now() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time()))
  end
$$;
comment on function reporting.replica_age() is 'How long ago this replica had its newest change while it does not follow; 0 while it does, null on a primary.';

-- As 0065 has it. On an old replica its age is told instead of what follows from it: that the source is silent, that no run came, that nobody looks.
create or replace function reporting.detector_state(wanted integer default 0)
returns table(headline text, quiet boolean, doubts text[], run integer, stored_at timestamp with time zone, life text, model text, source text, 
               connected boolean, stale boolean, expected integer, judged integer, failed integer, absent integer, dead integer, 
               bad integer, unknown integer, good integer, kept integer, "new" integer, acknowledged integer, shelved integer, unconfirmed integer, not_in_run integer, tone text) language sql stable as $$
  with shown as (
    select reporting.run_or_newest(wanted) as run, (select n.run from reporting.newest_run n) as newest, 250 as expected,
           reporting.last_discovery() as asked_at, reporting.age_in_words(reporting.replica_age()) as age, reporting.replica_age() > interval '1 minute' as old
  ), fresh as (
    select shown.*, r.fetched_at, r.life, r.model, r.source,
           coalesce(asked_at > now() - interval '10 minutes', false) as connected,
           coalesce((select n.fetched_at from reporting.runs n where n.run = shown.newest) < now() - interval '120 minutes', true) as stale
    from shown left join reporting.runs r on r.run = shown.run
  ), chambers as (
    select count(*) filter (where condition = 'failed') as failed, count(*) filter (where condition = 'absent') as absent,
           count(*) filter (where condition = 'dead') as dead, count(*) filter (where condition = 'bad') as bad,
           count(*) filter (where condition = 'good') as good, count(kept_since) filter (where condition in ('dead', 'bad', 'good')) as kept,
           count(*) filter (where standing = 'unconfirmed') as unconfirmed
    from reporting.chamber_states where run = (select run from shown)
  ), incidents as (
    select count(*) filter (where standing = 'new') as "new", count(*) filter (where standing = 'acknowledged') as acknowledged,
           count(*) filter (where standing = 'shelved') as shelved,
           count(*) filter (where not exists (select from reporting.incident_sightings g
                                              where g.incident = i.incident and g.run = (select run from shown))) as not_in_run
    from reporting.incidents i
    -- The newest run may be one of which nothing can be said; that coverage fell is known from runs after it.
    where standing <> 'healed' and (first_run <= (select run from shown) or (kind = 'coverage' and (select run = newest from shown)))
  ), counted as (
    select f.*, c.*, i.*, c.dead + c.bad + c.good as judged, f.expected - c.failed - c.absent - c.dead - c.bad - c.good as unknown
    from fresh f cross join chambers c cross join incidents i
  ), doubted as (
    select c.*, array_remove(array[
      case when c.run is null then 'no run has been judged yet' end,
      case when old then 'what is shown comes from a replica that has had nothing new for ' || age end,
      case when old is not true and not connected then coalesce('the source of the runs has not answered for ' || reporting.age_in_words(now() - asked_at),
                                            'the source of the runs has not answered within a day') end,
      case when old is not true and stale and newest is not null then 'no new run for ' || reporting.age_in_words(
        now() - (select n.fetched_at from reporting.runs n where n.run = newest)) end,
      (select format('run %s is in progress, and nobody has looked at it for %s', o.run, reporting.age_in_words(now() - o.looked_at))
       from reporting.overdue_looks o where old is not true order by o.run desc limit 1),
      case when c.run < newest then format('an earlier run is shown, the newest is %s', newest) end,
      (select format('run %s is newer, and nothing can be said of it: %s', r.run, coalesce(r.error, r.life_reason, 'too few hits'))
       from reporting.runs r
       -- A run has half an hour to get hits. One that there is not, or that is numbered absurdly far ahead, says nothing.
       where r.run > newest and r.run <= newest + 100000 and r.created_at < now() - interval '30 minutes'
         and r.life_reason is distinct from 'the source lists no such run and has none of its chambers'
       order by r.run desc limit 1),
      case when c.run is not null and judged < expected then format('%s of %s chambers are not judged', expected - judged, expected) end,
      case when kept > 0 then format('of %s chambers the source shows less than before', kept) end,
      (select o.reason from reporting.coverage_incidents o where o.run = c.run and o.closed_at is null limit 1),
      case when c.run is not null and source is distinct from 'real' then
        case source when 'simulated' then 'the detector is simulated' when 'replayed' then 'recorded chambers are played back'
                    else 'it is not known where the hits come from' end end
    ], null) as doubts
    from counted c
  ), told as (
    select d.*, "new" = 0 and unconfirmed = 0 and cardinality(d.doubts) = 0 as quiet,
           array_to_string(array_remove(array[
             case when bad > 0 then bad || ' bad' end, case when dead > 0 then dead || ' dead' end, case when "new" > 0 then "new" || ' new' end,
             case when unconfirmed > 0 then unconfirmed || ' unconfirmed' end,
             case when acknowledged > 0 then acknowledged || ' acknowledged' end, case when shelved > 0 then shelved || ' shelved' end
           ], null), ', ') as faults
    from doubted d
  )
  select case when t.run is null then 'no run has been judged yet' || case when old then '; REPLICA ' || age || ' OLD' when connected then '' else '; NOT CONNECTED' end
         else array_to_string(array_remove(array[
           case when quiet then 'all quiet' || case when faults = '' then '' else ' but for ' || faults end
                when faults = '' then case when judged > 0 then 'nothing bad seen' else 'nothing known' end else faults end,
           format('%s of %s judged', judged, expected),
           format('run %s, %s ago', t.run, reporting.age_in_words(now() - fetched_at)),
           case when old then 'REPLICA ' || age || ' OLD' when not connected then 'NOT CONNECTED' end, case when stale and old is not true then 'STALE' end,
           case source when 'real' then null when 'simulated' then 'SIMULATED' when 'replayed' then 'REPLAYED' else 'SOURCE NOT KNOWN' end
         ], null), '; ') end,
         quiet, doubts, t.run, fetched_at, life, model, source, connected, stale, expected, judged::integer, failed::integer, absent::integer,
         dead::integer, bad::integer, unknown::integer, good::integer, kept::integer, "new"::integer, acknowledged::integer,
         shelved::integer, unconfirmed::integer, not_in_run::integer,
         case when "new" + unconfirmed > 0 then 'loud' when quiet then 'quiet' else 'doubt' end
  from told t
$$;

select grant_reporting();
