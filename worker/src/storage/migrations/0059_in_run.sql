-- A run that could not judge a fault's layers, or that may get more chambers, says nothing of it: "not in this run" would be a first sign of health.

create view reporting.incident_in_run as
select i.id as incident, r.run,
       case when exists (select from incident_sighting g where g.incident = i.id and g.run = r.run) then true
            when i.kind = 'coverage' then case when r.judged is not null then false end
            -- As the ledger has it: a run is blind to a fault of which it cannot judge more than half.
            when (select count(*) from jsonb_array_elements_text(r.blind -> incident_chamber(i)) as b(layer) where b.layer::integer = any(i.layers)) * 2
                 <= cardinality(i.layers) then false end as in_run
from incident i cross join incident_run r
where i.merged_into is null;
comment on view reporting.incident_in_run is 'Whether a run shows a fault; null where it cannot tell.';

-- As 0056 has it, but for in_run.
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
           (select g.in_run from reporting.incident_in_run g where g.incident = i.id and g.run = r.run) as in_run,
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

select grant_reporting();
