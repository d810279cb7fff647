-- Wires are numbered by their columns since this version. Before, they were counted from the first cell that has a wire, so that those of
-- layers 4, 8 and 12, which begin at wire 2 in the real server's histograms, were named one too low. The histograms always stood here as the
-- server gave them, so what was told of these layers alone is told again by their columns: faults, findings, incidents and the places of acts.
-- What is told of more than one layer was named by the others.

-- By how many wires names in a layer were too low: the cells without wire at its left end. 0 where there is no histogram any more.
create function pg_temp.too_low(of_run integer, of_wheel integer, of_station integer, of_sector integer, layer integer) returns integer as $$
  select coalesce(min(t.cell)::integer - 1, 0)
  from chamber c, unnest(c.hits[(layer - 1) * c.width + 1 : layer * c.width]) with ordinality as t(hits, cell)
  where (c.run, c.wheel, c.station, c.sector) = (of_run, of_wheel, of_station, of_sector) and t.hits <> -1
$$ language sql stable;

-- Spans of one fourth layer, by so many wires further; others as they are.
create function pg_temp.moved(spans jsonb, of_run integer, of_wheel integer, of_station integer, of_sector integer) returns jsonb as $$
  select case when (spans->0->>'layer')::integer % 4 = 0 and not spans @? '$[*] ? (@.layer != $[0].layer)'
    then (select jsonb_agg(span || jsonb_build_object('first', (span->>'first')::integer + by.wires, 'last', (span->>'last')::integer + by.wires) order by place)
          from jsonb_array_elements(spans) with ordinality as s(span, place),
               pg_temp.too_low(of_run, of_wheel, of_station, of_sector, (spans->0->>'layer')::integer) as by(wires))
    else spans end
$$ language sql stable;

update chamber_score s
set faults = (select jsonb_agg(case
        when jsonb_array_length(fault->'layers') = 1 and (fault->'layers'->>0)::integer % 4 = 0 and fault->'wires' <> 'null'
        then fault || jsonb_build_object('wires', jsonb_build_object(
          'first', (fault->'wires'->>'first')::integer + by.wires, 'last', (fault->'wires'->>'last')::integer + by.wires))
        else fault end order by place)
      from jsonb_array_elements(s.faults) with ordinality as f(fault, place),
           pg_temp.too_low(s.run, s.wheel, s.station, s.sector, (fault->'layers'->>0)::integer) as by(wires))
where s.faults @? '$[*] ? (@.wires != null && @.layers.size() == 1 && (@.layers[0] == 4 || @.layers[0] == 8 || @.layers[0] == 12))';

update incident_finding f
set findings = (select jsonb_agg(finding || jsonb_build_object('spans', pg_temp.moved(finding->'spans', f.run, f.wheel, f.station, f.sector)) order by place)
                from jsonb_array_elements(f.findings) with ordinality as e(finding, place))
where f.findings @? '$[*] ? (@.spans[0].layer == 4 || @.spans[0].layer == 8 || @.spans[0].layer == 12)';

-- The ledger is a function of the findings: the oldest run, told to have another model, is read again, and with it all of the ledger is made
-- anew. Incidents keep their numbers, and acts find them, by the wires that both have, so these move along.
update incident i set spans = m.spans, first_wire = i.first_wire + (m.spans->0->>'first')::integer - (i.spans->0->>'first')::integer,
       last_wire = i.last_wire + (m.spans->0->>'first')::integer - (i.spans->0->>'first')::integer
from (select id, pg_temp.moved(spans, last_run, wheel, station, sector) as spans from incident) m
where m.id = i.id and m.spans <> i.spans;

alter table incident_act disable trigger incident_act_is_append_only;
update incident_act a set anchor = (
  select jsonb_object_agg(whose, place || jsonb_build_object('spans',
           pg_temp.moved(place->'spans', a.run, c.key[1]::integer, c.key[2]::integer, c.key[3]::integer)))
  from jsonb_each(a.anchor) as p(whose, place), regexp_match(place->>'chamber', '^W(-?\d)_St(\d)_Sec(\d+)$') as c(key));
alter table incident_act enable trigger incident_act_is_append_only;

update incident_run set model = 'ledger made anew' where run = (select min(run) from incident_run);

comment on column chamber.hits is '12 rows of width cells one after the other, layer 1 first; column = wire, -1 where there is none.';
