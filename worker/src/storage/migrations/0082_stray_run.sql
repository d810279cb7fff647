-- The newest run is the one of the greatest number. A test entry with hits and a number far above all others stays that for ever, and hides what comes after it.

do $$
declare
  defined text := pg_get_functiondef('reporting.detector_state'::regproc);
  place constant text := 'case when c.run < newest then format(''an earlier run is shown, the newest is %s'', newest) end,';
  line constant text := '(select format(''run %s is numbered far above run %s, which came after it: delete it if it is no run of the detector'', newest, max(later.run))
       from reporting.runs stray join reporting.runs later on later.run < stray.run - 100000 and later.created_at > stray.created_at and later.hits > 0
       -- Runs of long ago come last at a first start, and by hand; then there are others near the newest.
       where stray.run = newest and (select count(*) from reporting.runs near where near.run between newest - 100000 and newest and near.hits > 0) <= 3
       having count(*) > 0),
      ';
begin
  if strpos(defined, place) = 0 then raise 'reporting.detector_state has no %', place; end if;
  execute replace(defined, place, line || place);
end $$;
