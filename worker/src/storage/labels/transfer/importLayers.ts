import { layerNumbers } from '@dtdqm/contract';
import type { Queryable } from '../../database.ts';

/** Judges staged layers of the original form: the first line about a layer counts, and only if it says something new. */
export async function decideLayers(db: Queryable, expert: string): Promise<void> {
  await db.query(
    `update import_line i
     set outcome = case when i.bad = f.bad then 'already-there' else 'refused' end,
         reason = case when i.bad = f.bad then null else 'line ' || f.line || ' says otherwise' end
     from (
       select line, bad, ctid as row,
              first_value(line) over same as first_line, first_value(bad) over same as first_bad, row_number() over same as place
       from import_line where outcome = 'taken'
       window same as (partition by run, wheel, station, sector, layer order by line)
     ) as w
     cross join lateral (select w.first_line as line, w.first_bad as bad) as f
     where w.place > 1 and i.ctid = w.row`,
  );
  await db.query(
    `update import_line i set outcome = 'already-there'
     from opinion o
     where i.outcome = 'taken' and o.expert = $1 and o.run = i.run and o.wheel = i.wheel and o.station = i.station
       and o.sector = i.sector and o.verdicts[i.layer] = case when i.bad then 'bad' else 'good' end::label_verdict`,
    [expert],
  );
}

/** Stores one label a chamber; what the expert said of its other layers before stays said. */
export async function storeLayers(db: Queryable, expert: string): Promise<void> {
  await db.query(
    `insert into label_event (run, wheel, station, sector, version, expert, kind, verdicts, source, idempotency_key, request_hash)
     select c.run, c.wheel, c.station, c.sector,
            1 + coalesce((select max(version) from label_event e
                          where e.run = c.run and e.wheel = c.wheel and e.station = c.station and e.sector = c.sector), 0),
            $1, 'label',
            array(select coalesce(case c.bad[layer] when true then 'bad' when false then 'good' end::label_verdict, o.verdicts[layer])
                  from generate_series(1, 12) as layer order by layer),
            'import', 'import:' || gen_random_uuid(), ''
     from (
       select run, wheel, station, sector, min(line) as line,
              array[${layerNumbers.map((layer) => `bool_or(bad) filter (where layer = ${layer})`).join(', ')}] as bad
       from import_line i where outcome = 'taken'
       group by run, wheel, station, sector
     ) as c
     left join opinion o on o.expert = $1 and o.run = c.run and o.wheel = c.wheel and o.station = c.station and o.sector = c.sector
     order by c.line`,
    [expert],
  );
}
