-- A look at which nothing comes leaves what was stored as it was: of the time since then nothing is known, and that was said nowhere but in the list of runs.

do $$
declare
  defined text := pg_get_functiondef('reporting.detector_state'::regproc);
  place constant text := 'case when c.run < newest then format(''an earlier run is shown, the newest is %s'', newest) end,';
  line constant text := '(select format(''the last look at run %s failed: %s'', r.run, left(r.life_reason, 200)) from reporting.runs r where r.run = c.run and r.life = ''error''),
      ';
begin
  if strpos(defined, place) = 0 then raise 'reporting.detector_state has no %', place; end if;
  execute replace(defined, place, line || place);
end $$;

-- As 0055 has it. A run is failed until an attempt succeeds, not until the next one begins: an alert that waits for 15 minutes began anew with each.
create or replace view reporting.failed_runs as
select run, coalesce(error, life_reason) as error, attempts, updated_at from run
where (status = 'ERROR' or (status = 'LOADING' and looked_at is not null))
  and life_reason is distinct from 'the source lists no such run and has none of its chambers';
