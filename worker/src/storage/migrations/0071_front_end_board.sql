-- As 0056 has it; what reads a chamber's wires is a front-end board.
create or replace function reporting.fault_in_words(kind text, station integer, layers integer[], first_wire integer, last_wire integer) returns text
language sql immutable as $$
  select concat_ws(', ', case kind when 'unnamed' then 'bad layer' when 'coverage' then 'fewer chambers judged than before' else replace(replace(kind, '-', ' '), 'front end', 'front-end') end,
                   case when cardinality(layers) = 0 then null when cardinality(layers) = case station when 4 then 8 else 12 end then 'all layers'
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
