-- Trends over runs, flat, for Grafana. Time is when the run was stored.

-- What the variable "run" stands for: 0 is the newest run that can be looked at.
create function reporting.run_or_newest(wanted integer) returns integer language sql stable as $$
  select case when wanted > 0 then wanted
              else (select max(run) from reporting.runs where fetched_at is not null and model is not null) end
$$;

create view reporting.run_summaries as
select r.run, r.fetched_at as at, r.status::text, r.error, r.closed, r.lumisections, r.hits, r.chambers, r.absent_chambers,
       r.failed_chambers, r.bad_layers, s.unknown_layers, s.scored_layers, s.bad_chambers, r.model,
       r.bad_layers::real / nullif(s.scored_layers, 0) as bad_share
from run r
left join run_summary s on s.run = r.run
where r.fetched_at is not null;

create view reporting.bad_layers as
select b.run, r.fetched_at as at, b.wheel, b.station, b.sector, b.layer, ((b.layer - 1) / 4 + 1)::smallint as superlayer,
       b.score, b.kind
from run_bad_layer b
join run r on r.run = b.run;

create view reporting.fault_kinds as
select k.run, r.fetched_at as at, k.kind, k.chambers, k.faults
from run_fault_kind k
join run r on r.run = k.run;

create view reporting.score_bins as
select b.run, r.fetched_at as at, b.bin, b.layers, r.model
from run_score_bin b
join run r on r.run = b.run;

-- Bad layers that were not bad in the finished run before: what is new.
create view reporting.emerging_layers as
select b.run, r.at, b.wheel, b.station, b.sector, b.layer, b.score, b.kind
from (select run, fetched_at as at, lag(run) over (order by run) as previous from run where status = 'FINISHED') as r
join run_bad_layer b on b.run = r.run
where r.previous is not null and not exists (
  select from run_bad_layer p
  where p.run = r.previous and (p.wheel, p.station, p.sector, p.layer) = (b.wheel, b.station, b.sector, b.layer)
);

-- Layers bad in all of the newest finished runs: how many in a row, and since which run, looking back 30 runs.
create view reporting.lasting_layers as
with recent as (
  select run, row_number() over (order by run desc) as age from run where status = 'FINISHED' order by run desc limit 30
)
select wheel, station, sector, layer, count(*)::integer as runs, min(run) as since_run, max(run) as run, min(score) as least_score,
       (array_agg(kind order by run desc))[1] as kind
from (
  select b.*, recent.age, row_number() over (partition by b.wheel, b.station, b.sector, b.layer order by b.run desc) as nth
  from recent join run_bad_layer b on b.run = recent.run
) as seen
where age = nth
group by wheel, station, sector, layer;

-- Population stability index of the scores of each of the newest runs up to one, against the up to 20 runs before it by the
-- same model. Half a layer is added to every bin, so that an empty one does not make it infinite. A function and no view,
-- because a window over all runs cannot be asked for one of them.
create function reporting.score_drift(newest integer, wanted integer)
returns table (run integer, at timestamptz, model text, reference_runs integer, psi real) language sql stable as $$
  with chosen as (
    select r.run, r.fetched_at as at, r.model from reporting.runs r
    where r.status = 'FINISHED' and r.model is not null and r.run <= newest
    order by r.run desc limit wanted + 20
  ), filled as (
    select c.run, c.at, c.model, n.bin, coalesce(b.layers, 0) as layers
    from chosen c
    cross join generate_series(0, 19) as n(bin)
    left join reporting.score_bins b on b.run = c.run and b.bin = n.bin
  ), compared as (
    select f.run, f.at, f.model, layers + 0.5::real as now, coalesce(sum(layers) over earlier, 0) + 0.5::real as before, count(*) over earlier as reference_runs
    from filled f
    window earlier as (partition by f.model, bin order by f.run rows between 20 preceding and 1 preceding)
  ), shares as (
    select c.run, c.at, c.model, c.reference_runs, now / sum(now) over same_run as p, before / sum(before) over same_run as q
    from compared c
    where c.reference_runs >= 5
    window same_run as (partition by c.run)
  )
  select s.run, s.at, s.model, s.reference_runs::integer, sum((p - q) * ln(p / q))::real
  from shares s
  group by s.run, s.at, s.model, s.reference_runs
  order by s.run desc limit wanted
$$;

create view reporting.models as
select name as model, registered_at as at, hash from model;
