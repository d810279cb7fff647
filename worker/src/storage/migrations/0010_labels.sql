-- The journal of labels. Rows are only ever added: what counts now is read from views, and undo is a row of its own.

create type label_verdict as enum ('good', 'bad', 'not-sure');
create type label_event_kind as enum ('label', 'skip', 'undo');
create type label_source as enum ('panel', 'original', 'import');

-- No foreign key to run or chamber: labels outlive a run that is deleted, and meet it again when it is fetched anew.
create table label_event (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  expert text not null check (expert <> ''),
  kind label_event_kind not null,
  run integer not null check (run > 0),
  wheel smallint not null check (wheel between -2 and 2),
  station smallint not null check (station between 1 and 4),
  sector smallint not null check (sector between 1 and case station when 4 then 14 else 12 end),
  version integer not null check (version > 0),
  verdicts label_verdict[],
  marks jsonb not null default '[]',
  note text not null default '',
  blind boolean not null default false,
  model text,
  scores real[] check (cardinality(scores) = 12),
  queue_reason text,
  seconds real check (seconds >= 0),
  source label_source not null default 'panel',
  undoes bigint references label_event,
  idempotency_key text not null,
  request_hash text not null,
  unique (expert, idempotency_key),
  unique (run, wheel, station, sector, version),
  check ((kind = 'label') = (verdicts is not null)),
  check (cardinality(verdicts) = 12),
  check ((kind = 'undo') = (undoes is not null))
);
comment on table label_event is 'Who said what of which chamber, when, and having seen what. Append-only.';
comment on column label_event.version is 'Counts the events of one chamber of one run from 1: two writers cannot both be next.';
comment on column label_event.verdicts is 'Of layers 1..12; null where there is no such layer or nothing is said of it.';
comment on column label_event.scores is 'What the expert had before the eyes, with the model that said so.';
comment on column label_event.request_hash is 'Tells a repeat of a request from another one that uses the same key.';

create unique index label_event_undoes_idx on label_event (undoes) where undoes is not null;
create index label_event_expert_idx on label_event (expert, id desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger label_event_is_append_only before update or delete or truncate on label_event
for each statement execute function refuse_change();

-- The latest label of each expert of each chamber that was not taken back.
create view opinion as
select distinct on (e.run, e.wheel, e.station, e.sector, e.expert) e.*
from label_event e
where e.kind = 'label' and not exists (select from label_event u where u.undoes = e.id)
order by e.run, e.wheel, e.station, e.sector, e.expert, e.version desc;

-- The label in force of each chamber: the latest of anyone that was not taken back.
create view current_label as
select distinct on (e.run, e.wheel, e.station, e.sector) e.*
from label_event e
where e.kind = 'label' and not exists (select from label_event u where u.undoes = e.id)
order by e.run, e.wheel, e.station, e.sector, e.version desc;

-- Skips in force.
create view current_skip as
select distinct on (e.run, e.wheel, e.station, e.sector) e.*
from label_event e
where e.kind = 'skip' and not exists (select from label_event u where u.undoes = e.id)
order by e.run, e.wheel, e.station, e.sector, e.version desc;
