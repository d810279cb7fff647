-- Times that are still to come: the clock of the database was put back since, as that of a machine that began with a wrong one. They say nothing of now, and
-- made all that was old look fresh for as long as the clock was put back.

create or replace function reporting.last_discovery() returns timestamptz language sql stable as $$
  select max(finished_at) from reporting.finished_jobs(now() - interval '1 day')
  where kind = 'discover' and state = 'completed' and finished_at <= now()
$$;

do $$
declare
  defined text := pg_get_functiondef('reporting.detector_state'::regproc);
  lines constant text[] := array[
    '(select n.fetched_at from reporting.runs n where n.run = shown.newest) < now() - interval ''120 minutes'', true)',
    '(select n.fetched_at not between now() - interval ''120 minutes'' and now() + interval ''1 minute'' from reporting.runs n where n.run = shown.newest), true)',
    '''no new run for '' || reporting.age_in_words(
        now() - (select n.fetched_at from reporting.runs n where n.run = newest)) end',
    '(select case when n.fetched_at > now() then format(''run %s was stored at a time that comes in %s: the clock was put back'', n.run, reporting.age_in_words(n.fetched_at - now()))
                else ''no new run for '' || reporting.age_in_words(now() - n.fetched_at) end from reporting.runs n where n.run = newest) end'
  ];
begin
  for n in 1..3 by 2 loop
    if strpos(defined, lines[n]) = 0 then raise 'reporting.detector_state has no %', lines[n]; end if;
    defined := replace(defined, lines[n], lines[n + 1]);
  end loop;
  execute defined;
end $$;
