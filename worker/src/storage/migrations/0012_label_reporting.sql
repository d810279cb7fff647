-- Labels and the queue, flat, for Grafana.

create view reporting.label_events as
select e.id, e.at, e.expert, e.kind::text, e.run, e.wheel, e.station, e.sector, e.version,
       cardinality(array_positions(e.verdicts, 'bad')) as bad_layers, e.note, e.blind, e.model, e.queue_reason,
       e.seconds, e.source::text, e.undoes,
       exists (select from label_event u where u.undoes = e.id) as undone
from label_event e;

create view reporting.labels as
select l.run, l.wheel, l.station, l.sector, l.at, l.expert, l.version,
       cardinality(array_positions(l.verdicts, 'bad')) as bad_layers,
       cardinality(array_positions(l.verdicts, 'not-sure')) as not_sure_layers, l.marks, l.note, l.blind
from current_label l;

-- One row per layer that a label in force judges, beside what the model says of it.
create view reporting.layer_labels as
select l.run, l.wheel, l.station, l.sector, v.layer::smallint, v.label::text, l.expert, l.at,
       s.scores[v.layer] as score, s.verdicts[v.layer]::text as verdict, s.model
from current_label l
cross join lateral unnest(l.verdicts) with ordinality as v(label, layer)
left join run r on r.run = l.run
left join chamber_score s on s.run = l.run and s.wheel = l.wheel and s.station = l.station and s.sector = l.sector and s.model = r.model
where v.label is not null;

create view reporting.opinions as
select o.run, o.wheel, o.station, o.sector, v.layer::smallint, o.expert, v.label::text, o.blind, o.at
from opinion o
cross join lateral unnest(o.verdicts) with ordinality as v(label, layer)
where v.label is not null;

-- Share of bad layers among those labelled good or bad: what the original tool calls contamination.
create view reporting.contamination as
select station, layer, count(*) as labelled, count(*) filter (where label = 'bad') as bad,
       avg((label = 'bad')::integer)::real as share
from reporting.layer_labels
where label <> 'not-sure'
group by station, layer;

create view reporting.labelling_progress as
select date_trunc('day', at) as day, expert, count(*) filter (where kind = 'label') as labels,
       count(*) filter (where kind = 'skip') as skips, count(*) filter (where kind = 'undo') as undos,
       percentile_cont(0.5) within group (order by seconds) as median_seconds
from label_event
group by 1, 2;

create view reporting.queue as
select run, wheel, station, sector,
       case when state = 'leased' and lease_until < now() then 'waiting' else state::text end as state,
       lease_by, lease_until, certainty, twin, twin_rank, focus as layer
from queue;
