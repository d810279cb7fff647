-- Views made for Grafana: flat rows, one thing each. Filters on run and chamber reach the primary keys through them.

create schema reporting;

create view reporting.runs as
select run, dataset, status::text, error, closed, lumisections, hits, chambers, absent_chambers, failed_chambers,
       bad_layers, model, attempts, created_at, updated_at, fetched_at
from run;

create view reporting.chambers as
select c.run, c.wheel, c.station, c.sector, c.state::text, c.reason, c.width, c.total_hits as hits,
       cardinality(array_positions(s.verdicts, 'bad')) as bad_layers,
       (select max(score) from unnest(s.scores) as score where score >= 0) as worst_score,
       s.faults, s.model
from run r
join chamber c on c.run = r.run
left join chamber_score s
  on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model;

create view reporting.layer_scores as
select s.run, s.wheel, s.station, s.sector, l.layer::smallint, ((l.layer - 1) / 4 + 1)::smallint as superlayer,
       l.score, l.verdict::text, s.model
from run r
join chamber_score s on s.run = r.run and s.model = r.model
cross join lateral unnest(s.scores, s.verdicts) with ordinality as l(score, verdict, layer)
where l.score >= 0;

-- unnest opens the compressed arrays once a chamber; subscripts would open them once a wire.
create view reporting.occupancy as
select c.run, c.wheel, c.station, c.sector, p.layer, p.wire, w.hits,
       w.saliency * s.saliency_scale / 32767 as saliency,
       s.scores[p.layer] as score, s.verdicts[p.layer]::text as verdict, s.model
from run r
join chamber c on c.run = r.run
left join chamber_score s
  on s.run = c.run and s.wheel = c.wheel and s.station = c.station and s.sector = c.sector and s.model = r.model
cross join lateral unnest(c.hits, s.saliency) with ordinality as w(hits, saliency, cell)
cross join lateral (
  select ((w.cell - 1) / c.width + 1)::smallint as layer, ((w.cell - 1) % c.width + 1)::smallint as wire
) as p
where w.hits >= 0;

comment on view reporting.occupancy is 'One row per run, chamber, layer and wire. Always filter by run and chamber.';
