-- Arrays of zeros gave hardly anything back: PostgreSQL compresses no row below 2 kB. Empty arrays do.

create or replace function drop_saliency(older_than interval, batch integer default 20) returns integer language plpgsql as $$
declare
  old integer[];
begin
  -- Run by run, and of those done only what is small by then is looked at.
  select array_agg(run) into old from (
    select r.run from run r
    where r.fetched_at < now() - older_than
      and exists (select from chamber_score s where s.run = r.run and cardinality(s.saliency) > 0)
    order by r.run limit batch
  ) as oldest;
  update chamber_score set saliency_scale = 0, saliency = '{}' where run = any(old) and cardinality(saliency) > 0;
  return coalesce(cardinality(old), 0);
end $$;
comment on column chamber_score.saliency is 'As chamber.hits: attribution = value * saliency_scale / 32767; 0 where there is no wire. Empty where it was forgotten: no attribution anywhere.';

create or replace view reporting.occupancy as
select c.run, c.wheel, c.station, c.sector, p.layer, p.wire, w.hits,
       coalesce(w.saliency, 0::smallint) * s.saliency_scale / 32767 as saliency,
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
