-- Experts are asked about chambers of runs that are over, and of which something is judged: the queue offered those of the run in progress first, whose few
-- hits leave the model in doubt. What is labelled, skipped or leased stays.

alter table queued_run add column in_progress boolean not null default false;
comment on column queued_run.in_progress is 'It was in progress then: nobody is asked about it until it is over.';

delete from queue q using run r, chamber_score s
where q.state = 'waiting' and r.run = q.run and s.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector and s.model = r.model
  and not s.verdicts && '{good,bad}';
