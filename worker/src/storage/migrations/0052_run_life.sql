-- The life of a run (worker/src/pipeline/runLife.ts) in the place of "closed" and of a count of equal fetches; what is kept of
-- chambers of which the source shows less than was had; and the incidents that tell of it.

create type run_life as enum ('listed', 'growing', 'settling', 'final', 'reopened', 'incomplete', 'error');

alter table run
  add column life run_life not null default 'listed',
  add column life_reason text,
  add column life_since timestamptz not null default now(),
  add column grew_at timestamptz,
  add column over_at timestamptz,
  add column looked_at timestamptz,
  -- Due at once unless somebody says otherwise: also what a worker of an older version leaves behind.
  add column look_at timestamptz default now(),
  add column kept_chambers smallint not null default 0 check (kept_chambers >= 0);
comment on column run.life is 'What is believed of the run at the source; moves as worker/src/pipeline/runLife.ts says.';
comment on column run.grew_at is 'When it last brought hits that were not had before; null while nothing is had.';
comment on column run.over_at is 'Since when it counts as over; null while it does not.';
comment on column run.looked_at is 'When the source was last asked for it. fetched_at is when it last brought something.';
comment on column run.look_at is 'When it is due to be looked at; null for never again by itself.';
comment on column run.kept_chambers is 'Of chambers, those whose matrix is from an earlier look.';

-- Nothing of 250 was called FINISHED and closed.
update run set status = 'ERROR', error = 'none of the 250 histograms was at the DQM server when the run was fetched', life = 'incomplete',
               life_reason = 'no chamber was had'
where status = 'FINISHED' and chambers = 0;

update run set
  life = case when status = 'ERROR' and life = 'incomplete' then 'incomplete' when status = 'ERROR' then 'error' when fetched_at is null then 'listed'
              when not closed then 'growing' when chambers = 250 then 'final' else 'incomplete' end::run_life,
  life_reason = coalesce(life_reason, case when closed then 'closed by an earlier version' end),
  life_since = coalesce(fetched_at, updated_at),
  grew_at = case when chambers > 0 then fetched_at end,
  over_at = case when closed or life = 'incomplete' then coalesce(fetched_at, updated_at) end,
  looked_at = fetched_at,
  -- Closed on little evidence: those of the last two days are looked at again.
  look_at = case when (closed or life = 'incomplete') and coalesce(fetched_at, updated_at) < now() - interval '2 days' then null
                 when status = 'ERROR' and updated_at < now() - interval '2 days' then null
                 else now() end;

create index run_look_idx on run (look_at) where look_at is not null;

alter table chamber
  add column kept_since timestamptz,
  add column kept_reason text,
  add check ((kept_since is null) = (kept_reason is null)),
  add check (kept_since is null or state = 'present');
comment on column chamber.kept_since is 'Since when the source does not show this matrix, which is from an earlier look; null when it does.';

create table coverage_incident (
  id bigint generated always as identity primary key,
  run integer not null references run on delete cascade,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  chambers smallint not null check (chambers > 0),
  reason text not null
);
create unique index coverage_incident_open_idx on coverage_incident (run) where closed_at is null;
comment on table coverage_incident is 'The source shows less of a stored run than was had. What was had is kept; closed when the source shows it whole again.';
comment on column coverage_incident.chambers is 'Greatest number of chambers concerned at one look.';

-- Columns of views stay in their order; new ones stand at the end.
create or replace view reporting.runs as
select run, dataset, status::text, error, life = 'final' as closed, lumisections, hits, chambers, absent_chambers, failed_chambers,
       bad_layers, model, attempts, created_at, updated_at, fetched_at, life::text, life_reason, life_since, looked_at, look_at,
       kept_chambers
from run;

create or replace view reporting.run_summaries as
select r.run, r.fetched_at as at, r.status::text, r.error, r.life = 'final' as closed, r.lumisections, r.hits, r.chambers, r.absent_chambers,
       r.failed_chambers, r.bad_layers, s.unknown_layers, s.scored_layers, s.bad_chambers, r.model,
       r.bad_layers::real / nullif(s.scored_layers, 0) as bad_share, r.life::text, r.kept_chambers
from run r
left join run_summary s on s.run = r.run
where r.fetched_at is not null;

create or replace view reporting.chambers as
select c.run, c.wheel, c.station, c.sector, c.state::text, c.reason, c.width, c.total_hits as hits,
       cardinality(array_positions(s.verdicts, 'bad')) as bad_layers,
       (select max(score) from unnest(s.scores) as score where score >= 0) as worst_score,
       s.faults, s.model, c.kept_since, c.kept_reason
from run r
join chamber c on c.run = r.run
left join chamber_score s
  on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model;

create view reporting.coverage_incidents as
select id as incident, run, opened_at, closed_at, chambers, reason from coverage_incident;

alter table run drop column closed, drop column stability;
alter table job drop column ended;
select grant_reporting();
