-- In whole numbers the ratio of a slice was 0 or 1, and sometimes 2: it is a share.
create or replace view reporting.slices as
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
       (e.hits::double precision * e.beside_elsewhere / nullif(e.beside::double precision * e.elsewhere, 0))::real as ratio,
       case e.letter when 'g' then 'good' when 'b' then 'bad' else 'unknown' end as verdict, e.gap
from each e
join run r on r.run = e.run
join run_look t on t.run = e.run and t.look = e.look
left join run_look f on f.run = e.run and f.look = e.from_look;
