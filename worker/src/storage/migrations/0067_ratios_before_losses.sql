-- What a layer counted while it was whole says what it should count. With the slices after a trip among those that others are compared with, a
-- layer looked too hot before it; and with the layers that tripped among those beside it, so did every other layer.
create or replace view reporting.slices as
with lost as (
  select c.run, c.wheel, c.station, c.sector, l.layer, min(coalesce(c.from_at, c.to_at)) as since
  from run_change c
  cross join lateral unnest(c.layers) as l(layer)
  where c.kind <> 'recovery'
  group by c.run, c.wheel, c.station, c.sector, l.layer
), each as (
  select s.run, s.wheel, s.station, s.sector, s.look, s.from_look, s.gap, l.layer, l.hits, substr(s.verdicts, l.layer::integer, 1) as letter,
         t.asked_at, t.lumisection, lost.since is null or t.asked_at <= lost.since as is_whole,
         sum(l.hits) filter (where lost.since is null) over of_slice - case when lost.since is null then l.hits else 0 end as beside
  from chamber_slice s
  join run_look t on t.run = s.run and t.look = s.look
  cross join lateral unnest(s.layer_hits) with ordinality as l(hits, layer)
  left join lost on lost.run = s.run and lost.wheel = s.wheel and lost.station = s.station and lost.sector = s.sector and lost.layer = l.layer
  where l.hits is not null
  window of_slice as (partition by s.run, s.wheel, s.station, s.sector, s.look)
), summed as (
  select each.*,
         sum(hits) filter (where is_whole) over of_layer - case when is_whole then hits else 0 end as elsewhere,
         sum(beside) filter (where is_whole) over of_layer - case when is_whole then beside else 0 end as beside_elsewhere,
         -- Of a loss right at the beginning nothing was counted before: then the others have to do.
         sum(hits) over of_layer - hits as elsewhere_all, sum(beside) over of_layer - beside as beside_elsewhere_all
  from each
  window of_layer as (partition by run, wheel, station, sector, layer)
)
select e.run, e.wheel, e.station, e.sector, reporting.chamber_name(e.wheel, e.station, e.sector) as chamber, e.layer::smallint,
       (((e.layer - 1) / 4) + 1)::smallint as superlayer, e.look,
       case when e.from_look = 0 then r.started_at else f.asked_at end as from_at, e.asked_at as at,
       case when e.from_look = 0 then case when r.started_at is not null then 0 end else f.lumisection end as from_lumisection, e.lumisection,
       e.hits,
       case when e.elsewhere > 0
         then (e.hits::double precision * e.beside_elsewhere::double precision / nullif(e.beside::double precision * e.elsewhere::double precision, 0))::real
         else (e.hits::double precision * e.beside_elsewhere_all::double precision / nullif(e.beside::double precision * e.elsewhere_all::double precision, 0))::real
       end as ratio,
       case e.letter when 'g' then 'good' when 'b' then 'bad' else 'unknown' end as verdict, e.gap
from summed e
join run r on r.run = e.run
left join run_look f on f.run = e.run and f.look = e.from_look;
comment on column reporting.slices.ratio is 'Hits over those that the layer''s share in the other slices of the run, before it lost any, lets expect by the layers beside it that lost none; null where that is not known.';
