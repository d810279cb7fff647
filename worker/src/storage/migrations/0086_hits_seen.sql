-- A label speaks of the hits that its chamber had then. Of a run in progress these are part of it, and what is asked, taught and told of the whole run
-- must not rest on a small part.

alter table label_event add column seen_hits bigint check (seen_hits >= 0);
comment on column label_event.seen_hits is 'Hits of the chamber when the label of the run was given; null where nobody knows: of labels before this column, of files that do not say it, and of chambers that are not stored.';

create or replace view current_label as
select distinct on (e.run, e.wheel, e.station, e.sector) e.*
from label_event e
where e.kind = 'label' and e.span_to is null and not exists (select from label_event u where u.undoes = e.id)
order by e.run, e.wheel, e.station, e.sector, e.version desc;

create or replace view current_span_label as
select distinct on (e.run, e.wheel, e.station, e.sector, e.span_from, e.span_to) e.*
from label_event e
where e.kind = 'label' and e.span_to is not null and not exists (select from label_event u where u.undoes = e.id)
order by e.run, e.wheel, e.station, e.sector, e.span_from, e.span_to, e.version desc;

create view whole_label as
select l.* from current_label l
where not exists (
  select from chamber c
  where c.run = l.run and c.wheel = l.wheel and c.station = l.station and c.sector = l.sector and c.total_hits > 2 * l.seen_hits);
comment on view whole_label is 'Labels in force given when at least half of the hits that the chamber has by now were there. Only these teach, and spare a question.';

create function queue_state_of(run integer, wheel smallint, station smallint, sector smallint) returns queue_state language sql stable as $$
  select case
    when exists (select from whole_label l where (l.run, l.wheel, l.station, l.sector) = ($1, $2, $3, $4)) then 'labelled'
    when exists (select from current_skip s where (s.run, s.wheel, s.station, s.sector) = ($1, $2, $3, $4)) then 'skipped'
    else 'waiting' end::queue_state
$$;
comment on function queue_state_of is 'Where a chamber stands in the queue that nobody has leased, by what was said of it.';
