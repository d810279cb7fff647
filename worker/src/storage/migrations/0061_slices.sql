-- The inside of a run (docs/decisions/0030): with every look at a run in progress the difference to the snapshot before is taken.

create table run_live (
  run integer primary key references run on delete cascade,
  version text not null,
  looks integer not null check (looks >= 0),
  state bytea not null
);
comment on table run_live is 'Where the next look at a run goes on: the newest snapshots as they were shown, what waits for more hits, and what the watch for changes knows.';
comment on column run_live.version is 'Of the form of state; one of another version is not read, and the next look begins anew.';
alter table run_live alter column state set storage external;

create table run_look (
  run integer not null references run on delete cascade,
  look integer not null check (look >= 1),
  asked_at timestamptz not null,
  lumisection integer check (lumisection >= 0),
  event_at timestamptz,
  hits bigint not null check (hits >= 0),
  judged smallint not null check (judged >= 0),
  waiting smallint not null check (waiting >= 0),
  bad smallint not null check (bad >= 0),
  gap text,
  model text references model,
  primary key (run, look)
);
create index run_look_asked_idx on run_look (asked_at);
comment on table run_look is 'Looks at runs in progress that brought hits.';
comment on column run_look.lumisection is 'That the run had reached, as the source tells; null where it does not, as event_at.';
comment on column run_look.event_at is 'Time of the newest event in the histograms.';
comment on column run_look.hits is 'That came with it.';
comment on column run_look.judged is 'Chambers whose slice ended with it; waiting those whose hits are still too few, bad those of the judged with bad layers.';
comment on column run_look.gap is 'Chambers that begin anew after it, and why.';

-- No foreign key: a partition that refers to the run table could only be made or dropped by locking that.
create table chamber_slice (
  run integer not null,
  look integer not null,
  from_look integer not null check (from_look between 0 and look - 1),
  hits integer not null check (hits >= 0),
  expected real,
  wheel smallint not null check (wheel between -2 and 2),
  station smallint not null check (station between 1 and 4),
  sector smallint not null check (sector between 1 and case station when 4 then 14 else 12 end),
  verdicts text not null check (verdicts ~ '^[gbu-]{12}$'),
  layer_hits integer[] not null check (cardinality(layer_hits) = 12),
  counts bytea not null,
  faults jsonb,
  gap text,
  primary key (run, wheel, station, sector, look)
) partition by range (run);
create table chamber_slice_default partition of chamber_slice default;
comment on table chamber_slice is 'Occupancy of chambers between two looks at a run.';
comment on column chamber_slice.look is 'That ended it; from_look the one that it begins with, 0 for the start of the run.';
comment on column chamber_slice.expected is 'Hits per wire of superlayer 1 that the other chambers let expect meanwhile; null where they do not tell.';
comment on column chamber_slice.verdicts is 'A letter for each layer: good, bad, unknown, or - where there is none.';
comment on column chamber_slice.counts is 'Hits of each cell, packed: see storage/packedMatrix.ts.';
comment on column chamber_slice.gap is 'Why it does not begin where the one before it ended.';

create function forget_slices() returns trigger language plpgsql as $$
begin
  delete from chamber_slice where run = old.run;
  return null;
end $$;
create trigger forget_slices after delete on run for each row execute function forget_slices();

create function make_slice_partition(wanted integer) returns boolean language plpgsql set lock_timeout = '3s' as $$
declare
  first bigint := wanted / 1000 * 1000;
begin
  -- Beyond the range of integers, and where rows are in the default partition already, new ones go there too.
  if to_regclass(format('chamber_slice_%s', first)) is not null or first + 1000 > 2147483647 then return false; end if;
  perform pg_advisory_xact_lock(hashtext('make_slice_partition'));
  if exists (select from chamber_slice_default where run between first and first + 999) then return false; end if;
  execute format('create table if not exists chamber_slice_%s partition of chamber_slice for values from (%s) to (%s)', first, first, first + 1000);
  return true;
end $$;
comment on function make_slice_partition is 'Makes the partition for a run and the others of its thousand, in a transaction of its own: it locks the table for a moment. Without one, slices go into the default partition.';

create table run_change (
  id bigint primary key generated always as identity,
  run integer not null references run on delete cascade,
  wheel smallint not null check (wheel between -2 and 2),
  station smallint not null check (station between 1 and 4),
  sector smallint not null check (sector between 1 and case station when 4 then 14 else 12 end),
  kind text not null check (kind in ('trip', 'recovery', 'flicker', 'sink')),
  layers smallint[] not null check (cardinality(layers) > 0),
  first_wire smallint,
  last_wire smallint,
  from_at timestamptz,
  from_lumisection integer,
  to_at timestamptz not null,
  to_lumisection integer,
  told_at timestamptz not null,
  told_lumisection integer,
  ratio real not null check (ratio >= 0),
  ratio_low real not null,
  ratio_high real not null,
  check ((first_wire is null) = (last_wire is null) and first_wire <= last_wire)
);
create index run_change_run_idx on run_change (run);
create index run_change_told_idx on run_change (told_at);
create index run_change_chamber_idx on run_change (wheel, station, sector, run);
comment on table run_change is 'What changed in chambers while a run was taken: it happened between from and to, by 95 %, and was told then.';
comment on column run_change.ratio is 'Hits after it over those expected by what was before, with the 95 % interval.';

create view reporting.run_changes as
select id as change, run, wheel, station, sector, reporting.chamber_name(wheel, station, sector) as chamber, kind, layers, first_wire, last_wire,
       reporting.fault_in_words(kind, station, layers::integer[], first_wire, last_wire) as what,
       from_at, from_lumisection, to_at, to_lumisection, told_at, told_lumisection, ratio, ratio_low, ratio_high
from run_change;
comment on view reporting.run_changes is 'Changes inside runs.';

create view reporting.looks as
select l.run, l.look, coalesce(lag(l.asked_at) over of_run, r.started_at) as from_at, l.asked_at as at, l.lumisection, l.event_at, l.hits,
       l.judged, l.waiting, l.bad, l.gap
from run_look l join run r using (run)
window of_run as (partition by l.run order by l.look);
comment on view reporting.looks is 'Looks at runs in progress that brought hits.';

-- The share of a layer in its chamber, beside its share in all other slices of the run.
create view reporting.slices as
with each as (
  select s.run, s.wheel, s.station, s.sector, s.look, s.from_look, s.gap, l.layer, l.hits, substr(s.verdicts, l.layer::integer, 1) as letter,
         s.hits - l.hits as beside,
         sum(l.hits) over of_layer - l.hits as elsewhere,
         sum(s.hits - l.hits) over of_layer - (s.hits - l.hits) as beside_elsewhere
  from chamber_slice s
  cross join lateral unnest(s.layer_hits) with ordinality as l(hits, layer)
  where l.hits is not null
  window of_layer as (partition by s.run, s.wheel, s.station, s.sector, l.layer)
)
select e.run, e.wheel, e.station, e.sector, reporting.chamber_name(e.wheel, e.station, e.sector) as chamber, e.layer::smallint,
       (((e.layer - 1) / 4) + 1)::smallint as superlayer, e.look,
       case when e.from_look = 0 then r.started_at else f.asked_at end as from_at, t.asked_at as at,
       case when e.from_look = 0 then case when r.started_at is not null then 0 end else f.lumisection end as from_lumisection, t.lumisection,
       e.hits,
       (e.hits * e.beside_elsewhere / nullif(e.beside * e.elsewhere, 0))::real as ratio,
       case e.letter when 'g' then 'good' when 'b' then 'bad' else 'unknown' end as verdict, e.gap
from each e
join run r on r.run = e.run
join run_look t on t.run = e.run and t.look = e.look
left join run_look f on f.run = e.run and f.look = e.from_look;
comment on view reporting.slices is 'Layers of chambers between looks at a run. ratio: hits over those that its share in the other slices of the run lets expect.';

create view reporting.live as
select r.run, r.life::text, r.started_at, r.source::text, t.looks, l.asked_at as at, l.lumisection, l.event_at,
       extract(epoch from now() - l.asked_at)::real as age_seconds, l.judged, l.waiting, l.bad,
       (select count(*) from run_change c where c.run = r.run) as changes
from run_live t
join run r using (run)
join lateral (select * from run_look l where l.run = t.run order by look desc limit 1) as l on true
where r.life in ('growing', 'reopened');
comment on view reporting.live is 'Runs that are believed to be in progress and are seen from the inside, with their newest look.';

select grant_reporting();
