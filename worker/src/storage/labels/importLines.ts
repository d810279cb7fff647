import type { Queryable } from '../database.ts';
import { layerNumbers } from '@dtdqm/contract';

/** Of a key that came before: the same request is there already, another one is refused, as where it is sent by itself. */
const repeated = (hash: string) =>
  `outcome = case when ${hash} = i.event ->> 'requestHash' then 'already-there' else 'refused' end,
   reason = case when ${hash} = i.event ->> 'requestHash' then null else 'idempotencyKey: was used for another request' end`;

/** Judges staged events: known ones are already there, undos need what they take back. */
export async function decideEvents(db: Queryable): Promise<void> {
  await db.query(
    `update import_line i set ${repeated('d.hash')}
     from (
       select ctid as row, row_number() over same as place, first_value(event ->> 'requestHash') over same as hash
       from import_line where outcome = 'taken'
       window same as (partition by expert, key order by line)
     ) as d
     where i.ctid = d.row and d.place > 1`,
  );
  await db.query(
    `update import_line i set ${repeated('e.request_hash')}
     from label_event e
     where i.outcome = 'taken' and e.expert = i.expert and e.idempotency_key = i.key`,
  );
  await db.query(
    `update import_line i set target_expert = t.expert, target_key = t.key
     from import_line t
     where i.outcome = 'taken' and i.kind = 'undo' and t.event_id = i.undoes_id and t.outcome <> 'refused' and t.kind <> 'undo'
       and t.run = i.run and t.wheel = i.wheel and t.station = i.station and t.sector = i.sector and t.event -> 'span' = i.event -> 'span'`,
  );
  await db.query(
    `update import_line i set outcome = 'refused', reason = case
       when i.target_key is null then 'the event ' || i.undoes_id || ' that it takes back is not in the file'
       else 'the event ' || i.undoes_id || ' was taken back before' end
     from (
       select l.ctid as row, row_number() over (partition by l.target_expert, l.target_key order by l.line) as place,
              exists (select from label_event e join label_event u on u.undoes = e.id
                      where e.expert = l.target_expert and e.idempotency_key = l.target_key) as undone
       from import_line l where l.outcome = 'taken' and l.kind = 'undo'
     ) as d
     where i.ctid = d.row and (i.target_key is null or d.place > 1 or d.undone)`,
  );
}

/** Stores the events as they were and in their order, with new ids and versions. */
export async function storeEvents(db: Queryable): Promise<void> {
  await db.query(
    `create temporary table import_version on commit drop as
     select line, version, nextval(pg_get_serial_sequence('label_event', 'id')) as id
     from (
       select i.line, coalesce(known.version, 0)
                + row_number() over (partition by i.run, i.wheel, i.station, i.sector order by i.line) as version
       from import_line i
       left join lateral (
         select max(version) as version from label_event e
         where e.run = i.run and e.wheel = i.wheel and e.station = i.station and e.sector = i.sector
       ) known on true
       where i.outcome = 'taken'
       order by i.line
     ) as ordered`,
  );
  await db.query(
    `insert into label_event (id, at, expert, kind, run, wheel, station, sector, version, verdicts, marks, note, blind, model,
                              scores, queue_reason, seconds, source, undoes, idempotency_key, request_hash,
                              span_from, span_from_lumisection, span_to, span_to_lumisection, seen_hits)
     overriding system value
     select v.id, (i.event ->> 'at')::timestamptz, i.expert, i.kind::label_event_kind, i.run, i.wheel, i.station, i.sector, v.version,
            case when i.event ->> 'verdicts' is null then null else
              array(select verdict::label_verdict from jsonb_array_elements_text(i.event -> 'verdicts') with ordinality as j(verdict, n) order by n)
            end,
            i.event -> 'marks', i.event ->> 'note', (i.event ->> 'blind')::boolean, i.event -> 'seen' ->> 'model',
            case when i.event -> 'seen' ->> 'scores' is null then null else
              array(select score::real from jsonb_array_elements_text(i.event -> 'seen' -> 'scores') with ordinality as j(score, n) order by n)
            end,
            i.event ->> 'queueReason', (i.event ->> 'seconds')::real, (i.event ->> 'source')::label_source,
            coalesce(
              t.id,
              (select e.id from label_event e where e.expert = i.target_expert and e.idempotency_key = i.target_key)
            ),
            i.key, i.event ->> 'requestHash',
            (i.event #>> '{span,from,at}')::timestamptz, (i.event #>> '{span,from,lumisection}')::integer,
            (i.event #>> '{span,to,at}')::timestamptz, (i.event #>> '{span,to,lumisection}')::integer, (i.event #>> '{seen,hits}')::bigint
     from import_line i
     join import_version v on v.line = i.line
     left join import_line l on l.outcome = 'taken' and l.expert = i.target_expert and l.key = i.target_key
     left join import_version t on t.line = l.line
     order by i.line`,
  );
}

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
