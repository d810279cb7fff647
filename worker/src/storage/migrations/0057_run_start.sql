-- When a run began, as the DQM tells it (DT/EventInfo). What is stored is stored later, and says nothing of it.

alter table run add column started_at timestamptz;
comment on column run.started_at is 'When it began, as the source tells; null where it does not. All other times of a run are the monitor''s own.';

create or replace view reporting.runs as
select run, dataset, status::text, error, life = 'final' as closed, lumisections, hits, chambers, absent_chambers, failed_chambers,
       bad_layers, model, attempts, created_at, updated_at, fetched_at, life::text, life_reason, life_since, looked_at, look_at,
       kept_chambers, source::text, started_at
from run;

create or replace view reporting.run_summaries as
select r.run, r.fetched_at as at, r.status::text, r.error, r.life = 'final' as closed, r.lumisections, r.hits, r.chambers, r.absent_chambers,
       r.failed_chambers, r.bad_layers, s.unknown_layers, s.scored_layers, s.bad_chambers, r.model,
       r.bad_layers::real / nullif(s.scored_layers, 0) as bad_share, r.life::text, r.kept_chambers, s.judged_chambers, r.started_at
from run r
left join run_summary s on s.run = r.run
where r.fetched_at is not null;

select grant_reporting();
