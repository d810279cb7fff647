-- Slices are kept for some months; what holds a change stays with its run.

create function slices_with_changes(first_run integer, last_run integer) returns setof chamber_slice language sql stable as $$
  with numbered as (
    select s.run, s.wheel, s.station, s.sector, s.look, f.asked_at as begins, t.asked_at as ends,
           row_number() over (partition by s.run, s.wheel, s.station, s.sector order by s.look) as place
    from chamber_slice s
    join run_look t on t.run = s.run and t.look = s.look
    left join run_look f on f.run = s.run and f.look = s.from_look
    where s.run between first_run and last_run
      and exists (select from run_change c where (c.run, c.wheel, c.station, c.sector) = (s.run, s.wheel, s.station, s.sector))
  ), during as (
    select n.run, n.wheel, n.station, n.sector, min(place) - 1 as first, max(place) + 1 as last
    from numbered n
    join run_change c on (c.run, c.wheel, c.station, c.sector) = (n.run, n.wheel, n.station, n.sector)
      and coalesce(n.begins <= c.to_at, true) and coalesce(n.ends >= c.from_at, true)
    group by c.id, n.run, n.wheel, n.station, n.sector
  )
  select s.* from chamber_slice s
  where (s.run, s.wheel, s.station, s.sector, s.look) in (
    select n.run, n.wheel, n.station, n.sector, n.look
    from numbered n
    join during d on (d.run, d.wheel, d.station, d.sector) = (n.run, n.wheel, n.station, n.sector) and n.place between d.first and d.last)
$$;
comment on function slices_with_changes is 'Of the chambers that changed in these runs, the slices during the change, the one before and the one after.';

create function forget_old_slices(older_than interval) returns integer language plpgsql set lock_timeout = '3s' as $$
declare
  named regclass;
  first integer;
  old integer[];
  forgotten integer;
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
  -- Nothing goes on from them any more.
  delete from run_live t
  where not exists (select from run_look l where l.run = t.run and l.asked_at >= now() - older_than);
  return forgotten;
end $$;
comment on function forget_old_slices is 'Forgets slices of runs that were looked at last before then, but for those during changes: a partition, or 20 runs, and returns how many slices. Repeat until 0.';
