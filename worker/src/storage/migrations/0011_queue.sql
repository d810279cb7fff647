-- Which chamber an expert looks at next: one row per scored chamber, its place in the order of every strategy worked out
-- beforehand, so that "next" reads one index entry however many chambers are stored.

create type queue_state as enum ('waiting', 'leased', 'labelled', 'skipped');

create table queue (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  state queue_state not null default 'waiting',
  audit boolean not null default false,
  random_key real not null default random(),
  certainty real not null,
  twin text not null,
  twin_rank integer not null default 0 check (twin_rank >= 0),
  focus smallint not null check (focus between 1 and 12),
  margin real not null default 0,
  most_anomalous real not null default 0,
  density_weighted real not null default 0,
  k_center real not null default 0,
  committee real not null default 0,
  expected_gradient real not null default 0,
  outlier_then_margin real not null default 0,
  lease_id uuid,
  lease_by text,
  lease_until timestamptz,
  features real[] not null default '{}',
  primary key (run, wheel, station, sector),
  foreign key (run, wheel, station, sector) references chamber on delete cascade,
  check ((state = 'leased') = (lease_id is not null)),
  check (num_nonnulls(lease_id, lease_by, lease_until) in (0, 3))
);
comment on column queue.audit is 'Was drawn at random, whatever the strategy.';
comment on column queue.random_key is 'Fixed place in a random order: its first so many chambers are a fair sample, however they came to be labelled.';
comment on column queue.certainty is 'Least |0.5 - score| over the layers: the order of the original tool, ascending.';
comment on column queue.twin is 'Same text for chambers that look bad in the same way: a fault that lasts for runs is asked about once, not 1,000 times.';
comment on column queue.twin_rank is 'How many twins came before; priorities shrink with it.';
comment on column queue.focus is 'Layer that looks worst; features are its.';
comment on column queue.margin is 'Priority by this strategy, greater is sooner; likewise the columns after it.';

-- Leased, labelled and skipped chambers leave these indexes, so that their first entries are always free ones.
create index queue_random_idx on queue (random_key) where state = 'waiting';
create index queue_margin_idx on queue (margin desc, random_key) where state = 'waiting';
create index queue_most_anomalous_idx on queue (most_anomalous desc, random_key) where state = 'waiting';
create index queue_density_weighted_idx on queue (density_weighted desc, random_key) where state = 'waiting';
create index queue_k_center_idx on queue (k_center desc, random_key) where state = 'waiting';
create index queue_committee_idx on queue (committee desc, random_key) where state = 'waiting';
create index queue_expected_gradient_idx on queue (expected_gradient desc, random_key) where state = 'waiting';
create index queue_outlier_then_margin_idx on queue (outlier_then_margin desc, random_key) where state = 'waiting';

create unique index queue_lease_idx on queue (lease_id) where lease_id is not null;
create index queue_lease_until_idx on queue (lease_until) where state = 'leased';
create index queue_twin_idx on queue (twin, twin_rank desc);
create index queue_certainty_idx on queue (certainty, run desc, wheel, station, sector);
create index queue_audit_idx on queue (run, random_key) where audit;
create index queue_done_idx on queue (state) where state in ('labelled', 'skipped');

-- Rows change state often: vacuum before dead entries pile up at the head of the indexes.
alter table queue set (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
