-- Trends and alert rules look at runs of which something can be said, as the newest run is the newest of these: one without
-- histograms, or with too few hits, healed every layer and made every layer of the next run new.

create view reporting.judged_runs as
select r.run, r.fetched_at as at, r.model, s.judged_chambers
from run r join run_summary s using (run)
where s.judged_chambers > 0;

-- Bad layers that were not bad in the judged run before: what is new.
create or replace view reporting.emerging_layers as
select b.run, r.at, b.wheel, b.station, b.sector, b.layer, b.score, b.kind
from (select run, at, lag(run) over (order by run) as previous from reporting.judged_runs) as r
join run_bad_layer b on b.run = r.run
where r.previous is not null and not exists (
  select from run_bad_layer p
  where p.run = r.previous and (p.wheel, p.station, p.sector, p.layer) = (b.wheel, b.station, b.sector, b.layer)
);

-- Layers bad in all of the newest judged runs: how many in a row, and since which run, looking back 30 runs.
create or replace view reporting.lasting_layers as
with recent as (
  select run, row_number() over (order by run desc) as age from reporting.judged_runs order by run desc limit 30
)
select wheel, station, sector, layer, count(*)::integer as runs, min(run) as since_run, max(run) as run, min(score) as least_score,
       (array_agg(kind order by run desc))[1] as kind, reporting.chamber_name(wheel, station, sector) as chamber
from (
  select b.*, recent.age, row_number() over (partition by b.wheel, b.station, b.sector, b.layer order by b.run desc) as nth
  from recent join run_bad_layer b on b.run = recent.run
) as seen
where age = nth
group by wheel, station, sector, layer;

-- As 0032 has it, among judged runs.
create or replace function reporting.score_drift(newest integer, wanted integer)
returns table (run integer, at timestamptz, model text, reference_runs integer, psi real) language sql stable as $$
  with chosen as (
    select r.run, r.at, r.model from reporting.judged_runs r
    where r.model is not null and r.run <= newest
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

-- How many chambers are judged, against the median of the ten judged runs before: one row, none while there are no such runs.
-- The run is the newest that is stored, may be judged by now (it is over, or has had half an hour to get hits), and is not in
-- ERROR, which is told by itself; one of which nothing can be said counts as 0. One numbered absurdly far ahead says nothing.
create view reporting.judged_coverage as
select looked.run, looked.judged, usual.judged as usual, usual.judged - looked.judged as missing
from (
  select r.run, coalesce(s.judged_chambers, 0) as judged
  from reporting.newest_run n
  join run r on r.run <= n.run + 100000
  left join run_summary s on s.run = r.run
  where r.fetched_at is not null and r.status <> 'ERROR' and (r.run > n.run or s.judged_chambers > 0)
    and (r.life = 'final' or r.created_at < now() - interval '30 minutes')
  order by r.run desc limit 1
) as looked
cross join lateral (
  select percentile_disc(0.5) within group (order by judged_chambers) as judged
  from (select judged_chambers from reporting.judged_runs b where b.run < looked.run order by b.run desc limit 10) as before
) as usual
where usual.judged is not null;

-- Runs in ERROR, but for those that there are not: who mistypes a number raises no alarm (detector_state leaves them out, too).
create view reporting.failed_runs as
select run, error, attempts, updated_at from run
where status = 'ERROR' and life_reason is distinct from 'the source lists no such run and has none of its chambers';

-- What is wrong, for people, as the incidents panel has it: `dead layer, layers 1-4, wires 10-20`.
create function reporting.fault_in_words(kind text, station integer, layers integer[], first_wire integer, last_wire integer) returns text
language sql immutable as $$
  select concat_ws(', ', case kind when 'unnamed' then 'bad layer' else replace(kind, '-', ' ') end,
                   case when cardinality(layers) = case station when 4 then 8 else 12 end then 'all layers'
                        else format('layer%s %s', case when cardinality(layers) > 1 then 's' end, ranges) end,
                   case when first_wire = last_wire then format('wire %s', first_wire)
                        when first_wire is not null then format('wires %s-%s', first_wire, last_wire) end)
  from (
    select string_agg(case when first = last then first::text else format('%s-%s', first, last) end, ', ' order by first) as ranges
    from (
      select min(layer) as first, max(layer) as last
      from (select layer, layer - row_number() over (order by layer) as island from unnest(layers) as layer) as each
      group by island
    ) as islands
  ) as said
$$;

select grant_reporting();
