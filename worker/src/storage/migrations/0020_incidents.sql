-- Faults with a life. What the runs say and what people did is kept; the ledger follows from both and can be made anew.

create table incident_run (
  run integer primary key check (run > 0),
  model text not null,
  fetched_at timestamptz,
  at timestamptz not null,
  blind jsonb not null default '{}'
);
comment on table incident_run is 'Runs that the ledger has taken in, with the scores that it took them from. No foreign key: a run that is gone must still be taken out of the ledger.';
comment on column incident_run.at is 'When the run was first stored: the time of what the ledger says of it.';
comment on column incident_run.blind is 'Layers that the run says nothing of, by chamber: absent, failed, or too few hits.';

create table incident_finding (
  run integer not null references incident_run on delete cascade,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  findings jsonb not null,
  primary key (run, wheel, station, sector)
);
comment on table incident_finding is 'What is wrong in the chambers of a run, as the ledger reads their verdicts and faults; chambers without a fault have no row.';

create table incident_checkpoint (
  run integer primary key,
  ordinal integer not null,
  state jsonb not null
);
comment on table incident_checkpoint is 'The ledger after a run and all that was done by then. A run that arrives late makes it anew from the last checkpoint before.';

create table incident_ledger (
  singleton boolean primary key default true check (singleton),
  next_id integer not null default 1
);
comment on table incident_ledger is 'The next number of an incident: numbers are never given twice.';
insert into incident_ledger default values;

create table incident (
  id integer primary key check (id > 0),
  wheel smallint not null check (wheel between -2 and 2),
  station smallint not null check (station between 1 and 4),
  sector smallint not null check (sector between 1 and case station when 4 then 14 else 12 end),
  kind text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  condition text not null check (condition in ('new', 'open', 'grown', 'shrunk', 'healed')),
  spans jsonb not null,
  layers smallint[] not null check (cardinality(layers) > 0),
  first_wire integer,
  last_wire integer,
  hardware text not null,
  first_run integer not null,
  last_run integer not null check (last_run >= first_run),
  opened_run integer not null,
  opened_at timestamptz not null,
  healed_run integer,
  healed_at timestamptz,
  acknowledged_by text,
  shelved_by text,
  shelf_owner text,
  shelf_reason text,
  shelved_until timestamptz,
  known_bad boolean not null default false,
  merged_into integer,
  merged_run integer,
  evidence jsonb not null default '{}',
  check ((condition = 'healed') = (healed_run is not null)),
  check ((healed_run is null) = (healed_at is null)),
  check (num_nonnulls(shelved_by, shelf_owner, shelf_reason, shelved_until) in (0, 4)),
  check ((merged_into is null) = (merged_run is null))
);
comment on table incident is 'The ledger as it stands. Derived: written by the ledger alone.';
comment on column incident.condition is 'Of the fault itself; what people said of it stands beside.';
comment on column incident.first_wire is 'Null where whole layers are concerned.';
comment on column incident.first_run is 'First run that shows the fault; it was opened when a second one confirmed it.';
create index incident_live_idx on incident (opened_run) where condition <> 'healed' and merged_into is null;
create index incident_opened_at_idx on incident (opened_at);
create index incident_healed_at_idx on incident (healed_at) where healed_at is not null;
create index incident_last_run_idx on incident (last_run);
create index incident_chamber_idx on incident (wheel, station, sector);
create index incident_merged_idx on incident (merged_into) where merged_into is not null;

create table incident_sighting (
  incident integer not null references incident on delete cascade deferrable initially deferred,
  run integer not null,
  spans jsonb not null,
  cells real not null check (cells >= 0),
  lost real not null check (lost >= 0),
  score real,
  ratio real,
  primary key (incident, run)
);
comment on column incident_sighting.lost is 'Wires lost: the cells, each counted by the share of its hits that is missing.';
create index incident_sighting_run_idx on incident_sighting (run);

create table incident_change (
  incident integer not null references incident on delete cascade deferrable initially deferred,
  run integer not null,
  at timestamptz not null,
  change text not null check (change in ('opened', 'reopened', 'grown', 'shrunk', 'healed', 'absorbed')),
  comment text not null default '',
  primary key (incident, run, change)
);
comment on table incident_change is 'What the runs did to incidents. Derived like the ledger: a run that arrives late may change it.';
create index incident_change_run_idx on incident_change (run);
create index incident_change_at_idx on incident_change (at);

create table incident_act (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null check (actor <> ''),
  action text not null check (action in ('acknowledge', 'unacknowledge', 'shelve', 'unshelve', 'known-bad', 'not-known-bad',
                                         'comment', 'link', 'unlink', 'merge', 'split')),
  incident integer not null,
  run integer not null,
  comment text not null default '',
  detail jsonb not null default '{}',
  anchor jsonb not null,
  idempotency_key text not null,
  request_hash text not null,
  unique (actor, idempotency_key)
);
comment on table incident_act is 'What people did to incidents. Append-only; the ledger is derived from it and from the runs.';
comment on column incident_act.run is 'The newest run of the ledger at the time: the act counts from there on.';
comment on column incident_act.anchor is 'Where the incident was: finds it again after a run that arrived late has given it another number.';
create index incident_act_incident_idx on incident_act (incident, id);
create index incident_act_run_idx on incident_act (run, id);

create trigger incident_act_is_append_only before update or delete or truncate on incident_act
for each statement execute function refuse_change();
