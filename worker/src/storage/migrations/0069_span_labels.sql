-- Labels of a span of a run: in the same journal, and apart from those of whole runs in everything that follows from it.

alter table label_event
  add column span_from timestamptz,
  add column span_from_lumisection integer check (span_from_lumisection >= 0),
  add column span_to timestamptz,
  add column span_to_lumisection integer check (span_to_lumisection >= 0),
  add check (span_to is not null or num_nonnulls(span_from, span_from_lumisection, span_to_lumisection) = 0),
  add check (span_from is not null or span_from_lumisection is null),
  add check (span_from < span_to),
  add check (kind <> 'skip' or span_to is null);
comment on column label_event.span_to is 'End of the span of the run that it speaks of; null where it speaks of the whole run. An undo has the span of what it takes back.';
comment on column label_event.span_from is 'Begin of that span; null where nobody knows when the run began.';

create index label_event_span_idx on label_event (run, wheel, station, sector) where span_to is not null;

create or replace view opinion as
select distinct on (e.run, e.wheel, e.station, e.sector, e.expert) e.*
from label_event e
where e.kind = 'label' and e.span_to is null and not exists (select from label_event u where u.undoes = e.id)
order by e.run, e.wheel, e.station, e.sector, e.expert, e.version desc;

create or replace view current_label as
select distinct on (e.run, e.wheel, e.station, e.sector) e.*
from label_event e
where e.kind = 'label' and e.span_to is null and not exists (select from label_event u where u.undoes = e.id)
order by e.run, e.wheel, e.station, e.sector, e.version desc;

-- The label in force of each span: the latest of anyone that was not taken back.
create view current_span_label as
select distinct on (e.run, e.wheel, e.station, e.sector, e.span_from, e.span_to) e.*
from label_event e
where e.kind = 'label' and e.span_to is not null and not exists (select from label_event u where u.undoes = e.id)
order by e.run, e.wheel, e.station, e.sector, e.span_from, e.span_to, e.version desc;

create or replace view reporting.label_events as
select e.id, e.at, e.expert, e.kind::text, e.run, e.wheel, e.station, e.sector, e.version,
       cardinality(array_positions(e.verdicts, 'bad')) as bad_layers, e.note, e.blind, e.model, e.queue_reason,
       e.seconds, e.source::text, e.undoes,
       exists (select from label_event u where u.undoes = e.id) as undone,
       e.span_from, e.span_from_lumisection, e.span_to, e.span_to_lumisection
from label_event e;
comment on view reporting.label_events is 'What experts said, an event a row. Of a whole run where span_to is null, else of that span of it.';

create or replace view reporting.labelling_progress as
select date_trunc('day', at) as day, expert, count(*) filter (where kind = 'label') as labels,
       count(*) filter (where kind = 'skip') as skips, count(*) filter (where kind = 'undo') as undos,
       percentile_cont(0.5) within group (order by seconds) as median_seconds
from label_event
where span_to is null
group by 1, 2;

create view reporting.span_labels as
select l.run, l.wheel, l.station, l.sector, reporting.chamber_name(l.wheel, l.station, l.sector) as chamber,
       l.span_from as from_at, l.span_to as at, l.span_from_lumisection as from_lumisection, l.span_to_lumisection as lumisection,
       array_positions(l.verdicts, 'bad') as bad_layers, array_positions(l.verdicts, 'not-sure') as not_sure_layers,
       array_positions(l.verdicts, 'good') as good_layers, l.marks, l.note, l.expert, l.at as labelled_at
from current_span_label l;
comment on view reporting.span_labels is 'Labels in force of spans of runs: which layers experts call bad, not sure or good from from_at (null: from the beginning) until at.';

-- What somebody labelled is kept with its label.
create or replace function slices_with_changes(first_run integer, last_run integer) returns setof chamber_slice language sql stable as $$
  with told as (
    select c.run, c.wheel, c.station, c.sector, c.from_at, c.to_at from run_change c
    where c.run between first_run and last_run
    union all
    select l.run, l.wheel, l.station, l.sector, l.span_from, l.span_to from current_span_label l
    where l.run between first_run and last_run
  ), numbered as (
    select s.run, s.wheel, s.station, s.sector, s.look, f.asked_at as begins, t.asked_at as ends,
           row_number() over (partition by s.run, s.wheel, s.station, s.sector order by s.look) as place
    from chamber_slice s
    join run_look t on t.run = s.run and t.look = s.look
    left join run_look f on f.run = s.run and f.look = s.from_look
    where s.run between first_run and last_run
      and exists (select from told c where (c.run, c.wheel, c.station, c.sector) = (s.run, s.wheel, s.station, s.sector))
  ), during as (
    select n.run, n.wheel, n.station, n.sector, min(place) - 1 as first, max(place) + 1 as last
    from numbered n
    join told c on (c.run, c.wheel, c.station, c.sector) = (n.run, n.wheel, n.station, n.sector)
      and coalesce(n.begins <= c.to_at, true) and coalesce(n.ends >= c.from_at, true)
    group by c.from_at, c.to_at, n.run, n.wheel, n.station, n.sector
  )
  select s.* from chamber_slice s
  where (s.run, s.wheel, s.station, s.sector, s.look) in (
    select n.run, n.wheel, n.station, n.sector, n.look
    from numbered n
    join during d on (d.run, d.wheel, d.station, d.sector) = (n.run, n.wheel, n.station, n.sector) and n.place between d.first and d.last)
$$;
comment on function slices_with_changes is 'Of the chambers that changed in these runs, or were labelled in a span of one, the slices meanwhile, the one before and the one after.';

select grant_reporting();
