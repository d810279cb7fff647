-- Incidents, flat, for Grafana.

-- One word for each incident: a healed fault is healed whatever was said of it; then what people said; then what the runs say.
create function incident_state(i incident) returns text language sql stable as $$
  select case when i.condition = 'healed' then 'healed'
              when i.known_bad then 'known-bad'
              when i.shelved_until > now() then 'shelved'
              when i.acknowledged_by is not null then 'acknowledged'
              else i.condition end
$$;

create view reporting.incidents as
select i.id::bigint as incident, incident_state(i) as state, i.kind, i.severity, i.wheel, i.station, i.sector, i.layers,
       i.first_wire, i.last_wire, i.hardware, i.first_run, i.last_run, i.opened_at, i.healed_at,
       coalesce(case when i.shelved_until > now() then i.shelf_owner end, i.acknowledged_by) as owner,
       i.evidence, i.opened_run, i.healed_run, i.condition, i.shelf_reason, i.shelved_until
from incident i
where i.merged_into is null;
comment on view reporting.incidents is 'One row per incident. state is new, open, grown, shrunk, healed, acknowledged, shelved or known-bad; severity is info, warning or critical.';

create view reporting.incident_events as
select c.incident::bigint as incident, c.at, 'monitor' as actor, c.change as action, c.run, c.comment
from incident_change c
union all
select a.incident::bigint, a.at, a.actor, a.action, a.run, a.comment
from incident_act a;

create view reporting.incident_sightings as
select s.incident::bigint as incident, s.run, r.at, s.cells, s.lost, s.score, s.ratio
from incident_sighting s
join incident_run r on r.run = s.run;

-- How many incidents each run opened, healed and left standing.
create view reporting.incident_trend as
select r.run, r.at,
       (select count(*) from incident_change c where c.run = r.run and c.change in ('opened', 'reopened'))::integer as opened,
       (select count(*) from incident_change c where c.run = r.run and c.change = 'healed')::integer as healed,
       (select count(*) from incident i where i.opened_run <= r.run and coalesce(i.healed_run, i.merged_run, r.run + 1) > r.run)::integer as standing
from incident_run r;
