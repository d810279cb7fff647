-- The queue keeps the order of one strategy, instead of a column and an index for each: other strategies rank a shortlist when
-- they are asked for. What was kept for the default strategy is kept on, so that an upgrade need not work anything out.

alter table queue rename column k_center to priority;
alter index queue_k_center_idx rename to queue_priority_idx;
-- Their indexes go with them.
alter table queue drop column margin, drop column most_anomalous, drop column density_weighted, drop column committee,
  drop column expected_gradient, drop column outlier_then_margin;
comment on column queue.priority is 'By the strategy that queue_order names, greater is sooner.';

alter table queue add column score real not null default 0;
comment on column queue.score is 'P(bad) of the focus layer.';
update queue q set score = coalesce(s.scores[q.focus], 0)
from run r, chamber_score s
where r.run = q.run and s.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector and s.model = r.model;

-- The heads from which every shortlist is taken, beside those by priority and at random.
create index queue_score_idx on queue ((score / (1 + twin_rank)) desc, random_key) where state = 'waiting';
create index queue_uncertain_idx on queue (((0.5 - certainty) / (1 + twin_rank)) desc, random_key) where state = 'waiting';

create table queue_order (
  only_row boolean primary key default true check (only_row),
  strategy text not null,
  stale_below integer
);
comment on table queue_order is 'Which strategy the priorities of the queue are by.';
comment on column queue_order.stale_below is 'Runs below have priorities by another strategy still; null when none has.';
insert into queue_order (strategy) values ('k-center');
