-- One chamber "is" not judged, and is no "chambers". Only these two lines of the function change.

do $$
declare
  defined text := pg_get_functiondef('reporting.detector_state'::regproc);
  lines constant text[] := array[
    '''%s of %s chambers are not judged'', expected - judged, expected)',
    '''%s of %s chambers %s not judged'', expected - judged, expected, case when expected - judged = 1 then ''is'' else ''are'' end)',
    '''of %s chambers the source shows less than before'', kept)',
    '''of %s the source shows less than before'', case when kept = 1 then ''1 chamber'' else kept || '' chambers'' end)'
  ];
begin
  for n in 1..3 by 2 loop
    if strpos(defined, lines[n]) = 0 then raise 'reporting.detector_state has no %', lines[n]; end if;
    defined := replace(defined, lines[n], lines[n + 1]);
  end loop;
  execute defined;
end $$;
