-- What was decided in more than one place becomes a column, and coverage that falls an incident of the ledger, of the whole detector.

alter table incident alter column wheel drop not null, alter column station drop not null, alter column sector drop not null;
alter table incident drop constraint incident_layers_check;
alter table incident add constraint incident_place_check
check (num_nonnulls(wheel, station, sector) = case kind when 'coverage' then 0 else 3 end and (cardinality(layers) > 0) = (kind <> 'coverage'));
comment on column incident.wheel is 'Null, as station and sector, where the whole detector is concerned.';

-- The key of its chamber in the ledger, as formatChamber of the contract has it.
create function incident_chamber(i incident) returns text language sql immutable as $$
  select case when i.wheel is null then 'detector' else format('W%s_St%s_Sec%s', i.wheel, i.station, i.sector) end
$$;

alter table incident_run add column judged integer;
comment on column incident_run.judged is 'Chambers judged; null while the run is young and not over, as it may get more.';
update incident_run i set judged = coalesce(s.judged_chambers, 0)
from run r left join run_summary s using (run)
where r.run = i.run and (r.life = 'final' or r.created_at < now() - interval '30 minutes');
-- The ledger is a function of what the runs said: with the oldest run read again all of it is made anew, with its numbers.
update incident_run set model = 'ledger made anew' where run = (select min(run) from incident_run);

create or replace function reporting.chamber_name(wheel integer, station integer, sector integer) returns text language sql immutable as $$
  select case when wheel is null then 'Detector'
              else format('W%s%s MB%s S%s', case when wheel > 0 then '+' end, wheel, station, lpad(sector::text, 2, '0')) end
$$;

-- As 0055 has it; what has no layers is told by its kind alone.
create or replace function reporting.fault_in_words(kind text, station integer, layers integer[], first_wire integer, last_wire integer) returns text
language sql immutable as $$
  select concat_ws(', ', case kind when 'unnamed' then 'bad layer' when 'coverage' then 'fewer chambers judged than before' else replace(kind, '-', ' ') end,
                   case when cardinality(layers) = 0 then null when cardinality(layers) = case station when 4 then 8 else 12 end then 'all layers'
                        else format('layer%s %s', case when cardinality(layers) > 1 then 's' end, ranges) end,
                   case when first_wire = last_wire then format('wire %s', first_wire)
                        when first_wire is not null then format('wires %s-%s', first_wire, last_wire) end)
  from (
    select string_agg(case when first = last then first::text else format('%s-%s', first, last) end, ', ' order by first) as ranges
    from (
      select min(layer) as first, max(layer) as last
      from (select layer, layer - row_number() over (order by layer) as island from unnest(layers) as layer) as each
      group by island
    ) as islands
  ) as said
$$;

drop view reporting.judged_coverage;

-- As 0054 has it, with the kind of what the standing is about: of bad layers of which no incident tells, the surest fault.
create or replace view reporting.chamber_states as
select r.run, c.wheel, c.station, c.sector, reporting.chamber_name(c.wheel, c.station, c.sector) as chamber,
       k.condition,
       case when k.condition in ('failed', 'absent') then c.reason
            when k.condition = 'unknown' then coalesce((select f ->> 'note' from jsonb_array_elements(s.faults) as f
                                                        where f ->> 'kind' in ('low-statistics', 'dead-chamber') limit 1), 'not scored') end as reason,
       case when 'new' = any(i.standings) then 'new' when u.layers > 0 then 'unconfirmed' else i.loudest end as standing,
       i.incident,
       case when 'new' = any(i.standings) or u.layers = 0 then i.first_run else r.run end as since_run,
       case when 'new' = any(i.standings) or u.layers = 0 then i.in_run else true end as in_run,
       case when 'new' = any(i.standings) or u.layers = 0 then coalesce(i.kind, f.kind) else coalesce(f.kind, 'unnamed') end as kind,
       cardinality(array_positions(s.verdicts, 'bad')) as bad_layers,
       (select max(score) from unnest(s.scores) as score where score >= 0) as worst_score,
       c.total_hits as hits, c.kept_since, c.kept_reason, c.state::text, s.faults, s.model
from run r
join chamber c on c.run = r.run
left join chamber_score s
  on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model
cross join lateral (select chamber_condition(c.state, s.verdicts, s.faults) as condition) as k
left join lateral (
  select f ->> 'kind' as kind from jsonb_array_elements(s.faults) as f
  where f ->> 'kind' <> 'low-statistics' order by (f ->> 'confidence')::real desc limit 1
) as f on true
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

-- As 0054 has it, with the tone of its headline.
drop function reporting.detector_state(integer);
create function reporting.detector_state(wanted integer default 0)
returns table (headline text, quiet boolean, doubts text[], run integer, stored_at timestamptz, life text, model text, source text,
               connected boolean, stale boolean, expected integer, judged integer, failed integer, absent integer, dead integer, bad integer,
               unknown integer, good integer, kept integer, "new" integer, acknowledged integer, shelved integer, unconfirmed integer,
               not_in_run integer, tone text)
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
    -- The newest run may be one of which nothing can be said; that coverage fell is known from runs after it.
    where standing <> 'healed' and (first_run <= (select run from shown) or (kind = 'coverage' and (select run = newest from shown)))
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
         shelved::integer, unconfirmed::integer, not_in_run::integer,
         case when "new" + unconfirmed > 0 then 'loud' when quiet then 'quiet' else 'doubt' end
  from told t
$$;

select grant_reporting();
