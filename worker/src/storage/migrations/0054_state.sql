-- One definition of how a chamber and the detector stand (contract/src/state.ts), which every surface reads.

create type data_source as enum ('real', 'replayed', 'simulated');
alter table run add column source data_source;
comment on column run.source is 'Where its hits come from; null where that is not known, as of runs stored before it was noted.';

alter table run_summary add column judged_chambers integer not null default 0;
comment on column run_summary.judged_chambers is 'Chambers of which the model could say something: bad, or every layer judged.';

create function chamber_condition(state chamber_state, verdicts verdict[], faults jsonb) returns text
language sql immutable as $$
  select case when state <> 'present' then state::text
              when 'bad' = any(verdicts) then case when faults @> '[{"kind": "dead-chamber"}]' then 'dead' else 'bad' end
              when verdicts is null or 'unknown' = any(verdicts) then 'unknown'
              else 'good' end
$$;

-- As standingOfState of the contract has it.
create function standing_of(state text) returns text language sql immutable as $$
  select case when state in ('new', 'open', 'grown', 'shrunk') then 'new' when state = 'known-bad' then 'acknowledged' else state end
$$;

-- As chamberLabel of the contract has it: the one name of a chamber for people.
create function reporting.chamber_name(wheel integer, station integer, sector integer) returns text language sql immutable as $$
  select format('W%s%s MB%s S%s', case when wheel > 0 then '+' end, wheel, station, lpad(sector::text, 2, '0'))
$$;

create function reporting.age_in_words(age interval) returns text language sql immutable strict as $$
  select case when s < 90 then format('%s s', round(s)) when s < 5400 then format('%s min', round(s / 60))
              when s < 172800 then format('%s h', round(s / 3600)) else format('%s d', round(s / 86400)) end
  from (select greatest(0, extract(epoch from age)) as s) as seconds
$$;

create or replace function summarise_run(wanted integer) returns void language plpgsql as $$
begin
  delete from run_bad_layer where run = wanted;
  delete from run_fault_kind where run = wanted;
  delete from run_score_bin where run = wanted;
  delete from run_summary where run = wanted;

  insert into run_bad_layer
  select s.run, s.wheel, s.station, s.sector, l.layer, l.score,
         (select f ->> 'kind' from jsonb_array_elements(s.faults) as f
          where f -> 'layers' @> to_jsonb(l.layer) order by (f ->> 'confidence')::real desc limit 1)
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  cross join lateral unnest(s.scores, s.verdicts) with ordinality as l(score, verdict, layer)
  where r.run = wanted and l.verdict = 'bad';

  insert into run_fault_kind
  select s.run, f ->> 'kind', count(distinct (s.wheel, s.station, s.sector)), count(*)
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  cross join lateral jsonb_array_elements(s.faults) as f
  where r.run = wanted and f ->> 'kind' is not null
  group by 1, 2;

  insert into run_score_bin
  select s.run, least(19, floor(score * 20)), count(*)
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  cross join lateral unnest(s.scores) as score
  where r.run = wanted and score >= 0
  group by 1, 2;

  insert into run_summary (run, scored_layers, unknown_layers, bad_chambers, judged_chambers)
  select s.run, sum((select count(*) from unnest(s.scores) as score where score >= 0)),
         sum(cardinality(array_positions(s.verdicts, 'unknown'))),
         count(*) filter (where 'bad' = any(s.verdicts)),
         count(*) filter (where chamber_condition('present', s.verdicts, s.faults) <> 'unknown')
  from run r
  join chamber_score s on s.run = r.run and s.model = r.model
  where r.run = wanted
  group by 1;
end $$;

update run_summary u set judged_chambers = judged
from (select s.run, count(*) filter (where chamber_condition('present', s.verdicts, s.faults) <> 'unknown') as judged
      from run r join chamber_score s on s.run = r.run and s.model = r.model group by 1) as j
where j.run = u.run;

-- The newest run is the newest with judged chambers: one of which nothing can be said moves no display.
create view reporting.newest_run as
select (select r.run from run r join run_summary s using (run) where s.judged_chambers > 0 order by r.run desc limit 1) as run;

create or replace function reporting.run_or_newest(wanted integer) returns integer language sql stable as $$
  select case when wanted > 0 then wanted else (select run from reporting.newest_run) end
$$;

-- Incidents of a chamber by what they say of a run: those that began by then and were not over before it.
create view reporting.chamber_states as
select r.run, c.wheel, c.station, c.sector, reporting.chamber_name(c.wheel, c.station, c.sector) as chamber,
       k.condition,
       case when k.condition in ('failed', 'absent') then c.reason
            when k.condition = 'unknown' then coalesce((select f ->> 'note' from jsonb_array_elements(s.faults) as f
                                                        where f ->> 'kind' in ('low-statistics', 'dead-chamber') limit 1), 'not scored') end as reason,
       case when 'new' = any(i.standings) then 'new' when u.layers > 0 then 'unconfirmed' else i.loudest end as standing,
       i.incident,
       case when 'new' = any(i.standings) or u.layers = 0 then i.first_run else r.run end as since_run,
       case when 'new' = any(i.standings) or u.layers = 0 then i.in_run else true end as in_run,
       coalesce(i.kind, (select f ->> 'kind' from jsonb_array_elements(s.faults) as f
                         where f ->> 'kind' <> 'low-statistics' order by (f ->> 'confidence')::real desc limit 1)) as kind,
       cardinality(array_positions(s.verdicts, 'bad')) as bad_layers,
       (select max(score) from unnest(s.scores) as score where score >= 0) as worst_score,
       c.total_hits as hits, c.kept_since, c.kept_reason, c.state::text, s.faults, s.model
from run r
join chamber c on c.run = r.run
left join chamber_score s
  on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model
cross join lateral (select chamber_condition(c.state, s.verdicts, s.faults) as condition) as k
left join lateral (
  select array_agg(standing order by place) as standings, (array_agg(standing order by place))[1] as loudest,
         (array_agg(id order by place))[1] as incident, (array_agg(first_run order by place))[1] as first_run,
         (array_agg(kind order by place))[1] as kind, (array_agg(in_run order by place))[1] as in_run
  from (
    select i.id, i.first_run, i.kind, standing_of(incident_state(i)) as standing,
           exists (select from incident_sighting g where g.incident = i.id and g.run = r.run) as in_run,
           (array_position(array['new', 'acknowledged', 'shelved', 'healed'], standing_of(incident_state(i))),
            array_position(array['critical', 'warning', 'info'], i.severity), i.first_run, i.id) as place
    from incident i
    where i.merged_into is null and i.wheel = c.wheel and i.station = c.station and i.sector = c.sector
      and i.first_run <= r.run and (i.healed_run is null or i.healed_run >= r.run)
  ) as each
) as i on true
cross join lateral (
  select count(*)::integer as layers from unnest(s.verdicts) with ordinality as v(verdict, layer)
  where verdict = 'bad' and not exists (
    select from incident i
    where i.merged_into is null and i.wheel = c.wheel and i.station = c.station and i.sector = c.sector and v.layer = any(i.layers)
      and i.first_run <= r.run and (i.healed_run is null or i.healed_run >= r.run))
) as u;
comment on view reporting.chamber_states is 'Every chamber of a run by the one definition (contract/src/state.ts): its condition in the run, and the loudest of what is said of it.';

-- What was stored of a run stands in its columns; the view of runs says whence it came, too.
create or replace view reporting.runs as
select run, dataset, status::text, error, life = 'final' as closed, lumisections, hits, chambers, absent_chambers, failed_chambers,
       bad_layers, model, attempts, created_at, updated_at, fetched_at, life::text, life_reason, life_since, looked_at, look_at,
       kept_chambers, source::text
from run;

create or replace view reporting.run_summaries as
select r.run, r.fetched_at as at, r.status::text, r.error, r.life = 'final' as closed, r.lumisections, r.hits, r.chambers, r.absent_chambers,
       r.failed_chambers, r.bad_layers, s.unknown_layers, s.scored_layers, s.bad_chambers, r.model,
       r.bad_layers::real / nullif(s.scored_layers, 0) as bad_share, r.life::text, r.kept_chambers, s.judged_chambers
from run r
left join run_summary s on s.run = r.run
where r.fetched_at is not null;

create or replace view reporting.incidents as
select id::bigint as incident, incident_state(i.*) as state, kind, severity, wheel, station, sector, layers, first_wire, last_wire, hardware,
       first_run, last_run, opened_at, healed_at,
       coalesce(case when shelved_until > now() then shelf_owner end, acknowledged_by) as owner,
       evidence, opened_run, healed_run, condition, shelf_reason, shelved_until,
       standing_of(incident_state(i.*)) as standing, reporting.chamber_name(wheel, station, sector) as chamber
from incident i
where merged_into is null;

/*
 * The detector in a run, in one row: the newest with judged chambers, unless another is wanted.
 * Numbers that stand here stand in the contract too: expectedChambers, freshMinutes.
 */
create function reporting.detector_state(wanted integer default 0)
returns table (headline text, quiet boolean, doubts text[], run integer, stored_at timestamptz, life text, model text, source text,
               connected boolean, stale boolean, expected integer, judged integer, failed integer, absent integer, dead integer, bad integer,
               unknown integer, good integer, kept integer, "new" integer, acknowledged integer, shelved integer, unconfirmed integer,
               not_in_run integer)
language sql stable as $$
  with shown as (
    select reporting.run_or_newest(wanted) as run, (select n.run from reporting.newest_run n) as newest, 250 as expected,
           reporting.last_discovery() as asked_at
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
    where standing <> 'healed' and first_run <= (select run from shown)
  ), counted as (
    select f.*, c.*, i.*, c.dead + c.bad + c.good as judged, f.expected - c.failed - c.absent - c.dead - c.bad - c.good as unknown
    from fresh f cross join chambers c cross join incidents i
  ), doubted as (
    select c.*, array_remove(array[
      case when c.run is null then 'no run has been judged yet' end,
      case when not connected then coalesce('the source of the runs has not answered for ' || reporting.age_in_words(now() - asked_at),
                                            'the source of the runs has not answered within a day') end,
      case when stale and newest is not null then 'no new run for ' || reporting.age_in_words(
        now() - (select n.fetched_at from reporting.runs n where n.run = newest)) end,
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
  select case when t.run is null then 'no run has been judged yet' || case when connected then '' else '; NOT CONNECTED' end
         else array_to_string(array_remove(array[
           case when quiet then 'all quiet' || case when faults = '' then '' else ' but for ' || faults end
                when faults = '' then case when judged > 0 then 'nothing bad seen' else 'nothing known' end else faults end,
           format('%s of %s judged', judged, expected),
           format('run %s, %s ago', t.run, reporting.age_in_words(now() - fetched_at)),
           case when not connected then 'NOT CONNECTED' end, case when stale then 'STALE' end,
           case source when 'real' then null when 'simulated' then 'SIMULATED' when 'replayed' then 'REPLAYED' else 'SOURCE NOT KNOWN' end
         ], null), '; ') end,
         quiet, doubts, t.run, fetched_at, life, model, source, connected, stale, expected, judged::integer, failed::integer, absent::integer,
         dead::integer, bad::integer, unknown::integer, good::integer, kept::integer, "new"::integer, acknowledged::integer,
         shelved::integer, unconfirmed::integer, not_in_run::integer
  from told t
$$;

select grant_reporting();
