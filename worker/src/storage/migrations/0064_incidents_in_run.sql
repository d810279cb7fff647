-- Changes inside runs are findings of the ledger: incidents know when in a run they began, and ended.

alter table incident_run add column newest_change bigint;
comment on column incident_run.newest_change is 'The newest change inside the run that was read; null before the first.';

create function moment_of(at timestamptz, lumisection integer) returns jsonb language sql stable as $$
  select case when at is not null
              then jsonb_build_object('at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'lumisection', lumisection) end
$$;
comment on function moment_of is 'A moment of a run as the contract has it.';

alter table incident add column began jsonb, add column ended jsonb;
comment on column incident.began is 'When in first_run it began: {"from": {"at", "lumisection"} or null, "to": {"at", "lumisection"}}, 95 %; null where that is not known.';
comment on column incident.ended is 'When in healed_run its hits came back, as began; null where later runs did not show it any more.';

create or replace view reporting.incidents as
select i.id::bigint as incident, incident_state(i) as state, i.kind, i.severity, i.wheel, i.station, i.sector, i.layers,
       i.first_wire, i.last_wire, i.hardware, i.first_run, i.last_run, i.opened_at, i.healed_at,
       coalesce(case when i.shelved_until > now() then i.shelf_owner end, i.acknowledged_by) as owner,
       i.evidence, i.opened_run, i.healed_run, i.condition, i.shelf_reason, i.shelved_until, standing_of(incident_state(i)) as standing,
       reporting.chamber_name(i.wheel, i.station, i.sector) as chamber,
       (i.began #>> '{from,at}')::timestamptz as began_from, (i.began #>> '{from,lumisection}')::integer as began_from_lumisection,
       (i.began #>> '{to,at}')::timestamptz as began_to, (i.began #>> '{to,lumisection}')::integer as began_to_lumisection,
       (i.ended #>> '{from,at}')::timestamptz as ended_from, (i.ended #>> '{from,lumisection}')::integer as ended_from_lumisection,
       (i.ended #>> '{to,at}')::timestamptz as ended_to, (i.ended #>> '{to,lumisection}')::integer as ended_to_lumisection
from incident i
where i.merged_into is null;
comment on view reporting.incidents is 'One row per incident. state is new, open, grown, shrunk, healed, acknowledged, shelved or known-bad; severity is info, warning or critical. It began in first_run between began_from and began_to, and ended in healed_run, where counts inside the run told it.';

select grant_reporting();
