-- Runs, chambers and scores. Every key starts with the run, so that the big tables can be partitioned by run later.

create type run_status as enum ('LOADING', 'FINISHED', 'ERROR', 'PENDING_REEVALUATION', 'REEVALUATING');
create type chamber_state as enum ('present', 'absent', 'failed');
create type verdict as enum ('good', 'bad', 'unknown');

create table model (
  name text primary key check (name ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
  hash text not null,
  metadata jsonb not null default '{}',
  registered_at timestamptz not null default now()
);
comment on table model is 'Every model that ever scored a run. name is <name>@<version>.';

create table run (
  run integer primary key check (run > 0),
  dataset text not null,
  status run_status not null,
  error text,
  closed boolean not null default false,
  stability jsonb,
  lumisections integer check (lumisections >= 0),
  hits bigint not null default 0 check (hits >= 0),
  chambers smallint not null default 0 check (chambers >= 0),
  absent_chambers smallint not null default 0 check (absent_chambers >= 0),
  failed_chambers smallint not null default 0 check (failed_chambers >= 0),
  bad_layers smallint check (bad_layers >= 0),
  model text references model,
  attempts integer not null default 0 check (attempts >= 0),
  lease_owner uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  fetched_at timestamptz,
  check ((status = 'ERROR') = (error is not null)),
  check ((lease_owner is null) = (lease_until is null))
);
comment on column run.closed is 'False while the run still grows at the source and will be fetched again.';
comment on column run.stability is 'Content hash and how long the run has not changed: tells whether it still grows.';
comment on column run.model is 'Whose scores are current; scores of other models stay beside them.';
comment on column run.lease_owner is 'Worker that has the run in hand; it is taken away once lease_until is past.';

create table deleted_run (
  run integer primary key,
  deleted_at timestamptz not null default now()
);
comment on table deleted_run is 'Runs that people removed: discovery leaves them alone until somebody asks for them again.';

-- Lists by status, newest run first; the list without a filter reads the primary key backwards.
create index run_status_idx on run (status, run desc);
create index run_lease_idx on run (lease_until) where lease_until is not null;

-- Tells listeners that something is worth looking at again; heartbeats do not touch these columns.
create function announce_run() returns trigger language plpgsql as $$
begin
  perform pg_notify('dtdqm_run', coalesce(new.run, old.run)::text);
  return null;
end
$$;
create trigger announce_run after insert or delete or update of status on run
  for each row execute function announce_run();

create table chamber (
  run integer not null references run on delete cascade,
  wheel smallint not null check (wheel between -2 and 2),
  station smallint not null check (station between 1 and 4),
  sector smallint not null check (sector between 1 and case station when 4 then 14 else 12 end),
  state chamber_state not null,
  reason text,
  width smallint check (width between 1 and 200),
  total_hits bigint,
  hits integer[],
  primary key (run, wheel, station, sector),
  check ((state = 'present') = (reason is null)),
  check (case when state = 'present' then cardinality(hits) = 12 * width and total_hits >= 0
              else num_nonnulls(width, total_hits, hits) = 0 end)
);
comment on column chamber.reason is 'Why there is no matrix: absent at the source, or what failed.';
comment on column chamber.hits is '12 rows of width cells one after the other, layer 1 first; -1 where there is no wire.';

create table chamber_score (
  run integer not null,
  wheel smallint not null,
  station smallint not null,
  sector smallint not null,
  model text not null references model,
  scores real[] not null check (cardinality(scores) = 12),
  verdicts verdict[] not null check (cardinality(verdicts) = 12),
  faults jsonb not null default '[]',
  saliency_scale real not null check (saliency_scale >= 0),
  saliency smallint[] not null,
  primary key (run, wheel, station, sector, model),
  foreign key (run, wheel, station, sector) references chamber on delete cascade
);
comment on column chamber_score.scores is 'P(bad) of layers 1..12, -1 where there is no such layer.';
comment on column chamber_score.verdicts is 'Of layers 1..12, null where there is no such layer.';
comment on column chamber_score.saliency is 'As chamber.hits: attribution = value * saliency_scale / 32767; 0 where there is no wire.';

-- Half the default: arrays of a chamber then are compressed even where the row would just fit a page.
alter table chamber set (toast_tuple_target = 512);
alter table chamber_score set (toast_tuple_target = 512);
