-- Looks at a run that were missed are filled in from plots of single lumisections where the server has them (docs/decisions/0030).
alter table run_look add column filled text check (filled in ('all', 'part'));
comment on column run_look.filled is 'What plots of single lumisections told: of all chambers, or of those in which there was something to tell apart. Null for a look at the run itself.';
comment on column run_look.gap is 'Why it is not seamless: chambers that begin anew after it, lumisections that were missed.';

create or replace view reporting.looks as
select l.run, l.look, coalesce(lag(l.asked_at) over of_run, r.started_at) as from_at, l.asked_at as at, l.lumisection, l.event_at, l.hits,
       l.judged, l.waiting, l.bad, l.gap
from run_look l join run r using (run)
-- Hits of a part are those of the look after it, too: they came in the time between the looks at all.
where l.filled is distinct from 'part'
window of_run as (partition by l.run order by l.look);

-- As 0062 has it, and looks go with their slices.
create or replace function forget_old_slices(older_than interval) returns integer language plpgsql set lock_timeout = '3s' as $$
declare
  named regclass;
  first integer;
  old integer[];
  forgotten integer;
  looks integer;
begin
  -- A whole partition, in no time and without dead rows.
  select c.oid, p.first into named, first
  from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  cross join lateral (select (regexp_match(c.relname, '^chamber_slice_(\d+)$'))[1]::integer as first) as p
  where i.inhparent = 'chamber_slice'::regclass and p.first is not null
    and exists (select from run_look l where l.run between p.first and p.first + 999)
    and not exists (select from run_look l where l.run between p.first and p.first + 999 and l.asked_at >= now() - older_than)
  order by p.first limit 1;
  if named is not null then
    lock table chamber_slice in access exclusive mode;
    execute format('select count(*) from %s', named) into forgotten;
    create temporary table kept_slice on commit drop as select * from slices_with_changes(first, first + 999);
    execute format('drop table %s', named);
    -- There is no partition for them any more, so they go into the default one.
    insert into chamber_slice select * from kept_slice;
    drop table kept_slice;
    return greatest(1, forgotten);
  end if;
  -- What never had a partition, run by run; those of which all is kept are left alone.
  select array_agg(run) into old from (
    select distinct s.run from chamber_slice_default s
    where not exists (select from run_look l where l.run = s.run and l.asked_at >= now() - older_than)
      and (s.run, s.wheel, s.station, s.sector, s.look) not in (select k.run, k.wheel, k.station, k.sector, k.look from slices_with_changes(s.run, s.run) k)
    order by s.run limit 20
  ) as oldest;
  delete from chamber_slice_default s using unnest(old) as o(run)
  where s.run = o.run
    and (s.run, s.wheel, s.station, s.sector, s.look) not in (select k.run, k.wheel, k.station, k.sector, k.look from slices_with_changes(o.run, o.run) k);
  get diagnostics forgotten = row_count;
  -- Looks that no slice begins or ends with; those of a partition that waits for a younger run wait with it.
  select array_agg(run) into old from (
    select distinct l.run from run_look l
    where not exists (select from run_look y where y.run = l.run and y.asked_at >= now() - older_than)
      and to_regclass(format('chamber_slice_%s', l.run / 1000 * 1000)) is null
      and not exists (select from chamber_slice_default s where s.run = l.run and l.look in (s.look, s.from_look))
    order by l.run limit 20
  ) as oldest;
  delete from run_look l using unnest(old) as o(run)
  where l.run = o.run and not exists (select from chamber_slice_default s where s.run = l.run and l.look in (s.look, s.from_look));
  get diagnostics looks = row_count;
  -- Nothing goes on from them any more.
  delete from run_live t
  where not exists (select from run_look l where l.run = t.run and l.asked_at >= now() - older_than);
  return forgotten + looks;
end $$;
comment on function forget_old_slices is 'Forgets slices and looks of runs that were looked at last before then, but for those during changes: a partition, or 20 runs, and returns how many. Repeat until 0.';

select grant_reporting();
