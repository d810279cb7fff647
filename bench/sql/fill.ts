import type pg from 'pg';

/** Model whose scores the made-up runs carry. */
export const benchModel = 'bench@1';

/**
 * Fills a migrated database with made-up runs, by SQL alone because 1,000 real ones take an hour: 250 chambers each with
 * matrices of the usual widths, about 30 bad layers that mostly last, labels of three experts, and incidents.
 */
export async function fill(client: pg.ClientBase, runs: number): Promise<void> {
  await client.query('select setseed(0.5)');
  await client.query(`insert into model (name, hash) values ($1, 'none') on conflict do nothing`, [
    benchModel,
  ]);
  await client.query(places);
  // One run at a time: each is summarised at the end of its transaction, as when it is stored.
  for (let index = 0; index < runs; index += 1) await insertRun(client, 360_000 + index, runs - index);
  await client.query(labels, [runs]);
  await client.query(queue);
  await client.query(
    'insert into incident_run (run, model, fetched_at, at) select run, model, fetched_at, fetched_at from run',
  );
  await client.query(incidents, [runs]);
  await client.query(apiMinutes);
  await client.query('analyze');
}

const places = `
  create temporary table place as
  select wheel::smallint, station::smallint, sector::smallint, (array[49, 60, 72, 96])[station] as width, random() as luck
  from generate_series(-2, 2) as wheel, generate_series(1, 4) as station, generate_series(1, 14) as sector
  where sector <= case station when 4 then 14 else 12 end`;

async function insertRun(client: pg.ClientBase, run: number, age: number): Promise<void> {
  await client.query('begin');
  await client.query(
    `insert into run (run, dataset, status, error, closed, lumisections, hits, chambers, bad_layers, model, fetched_at, created_at)
     values ($1, 'Global/Online/ALL', case when $1 % 97 = 0 then 'ERROR' else 'FINISHED' end::run_status,
             case when $1 % 97 = 0 then 'made up' end, true, 100 + $1 % 900,
             40000000, 250, 30, $2, now() - $3 * interval '40 minutes', now() - $3 * interval '40 minutes')`,
    [run, benchModel, age],
  );
  await client.query(
    `insert into chamber (run, wheel, station, sector, state, width, total_hits, hits)
     select $1, wheel, station, sector, 'present', width, 12 * width * 20,
            array(select case when station = 4 and i between 4 * width and 8 * width - 1 then -1
                              else (hashint4(i * 31 + $1) & 31) end from generate_series(0, 12 * width - 1) as i)
     from place`,
    [run],
  );
  await client.query(
    `insert into chamber_score (run, wheel, station, sector, model, scores, verdicts, faults, saliency_scale, saliency)
     select $1, wheel, station, sector, $2, l.scores, l.verdicts,
            case when 'bad' = any(l.verdicts)
                 then jsonb_build_array(jsonb_build_object('kind', (array['weak-layer', 'dead-region', 'dead-half'])[1 + sector % 3],
                                        'layers', to_jsonb(array_positions(l.verdicts, 'bad'::verdict)), 'wires', null, 'confidence', 0.9))
                 else '[]' end,
            0.1, array(select (hashint4(i * 17 + $1) & 1023)::smallint from generate_series(0, 12 * width - 1) as i)
     from place
     cross join lateral (
       select array_agg(case when station = 4 and layer between 5 and 8 then -1
                             when is_bad then 0.95 else 0.001 + 0.04 * random() end order by layer)::real[] as scores,
              array_agg(case when station = 4 and layer between 5 and 8 then null
                             when is_bad then 'bad' else 'good' end::verdict order by layer) as verdicts
       from (select layer, (luck < 0.04 and layer in (9, 10)) or random() < 0.001 as is_bad from generate_series(1, 12) as layer) as layers
     ) as l`,
    [run, benchModel],
  );
  await client.query('commit');
}

const labels = `
  insert into label_event (at, expert, kind, run, wheel, station, sector, version, verdicts, idempotency_key, request_hash, seconds, model)
  select now() - random() * interval '30 days', 'expert ' || expert, 'label', 360000 + (run * 7) % $1, wheel, station, sector, expert,
         array(select case when station = 4 and layer between 5 and 8 then null
                           when (luck < 0.04 and layer in (9, 10)) or random() < 0.02 then 'bad' else 'good' end::label_verdict
               from generate_series(1, 12) as layer order by layer),
         run || '-' || luck || '-' || expert, '', 5 + 20 * random(), '${benchModel}'
  from place, generate_series(1, 3) as expert, generate_series(1, 5) as run
  on conflict do nothing`;

const queue = `
  insert into queue (run, wheel, station, sector, certainty, twin, focus)
  select run, wheel, station, sector, random() / 2, 'twin ' || sector, 1 + sector % 12 from chamber`;

const incidents = `
  insert into incident (id, wheel, station, sector, kind, severity, condition, spans, layers, hardware, first_run, last_run, opened_run, opened_at,
                        healed_run, healed_at, acknowledged_by)
  select n, wheel, station, sector, 'weak-layer', (array['info', 'warning', 'critical'])[1 + n % 3],
         case when n % 4 = 0 then (array['new', 'open', 'grown'])[1 + n % 3] else 'healed' end, '[]', array[9, 10]::smallint[], 'not mapped',
         run, run + 1, run + 1, now() - (360000 + $1 - run) * interval '40 minutes',
         case when n % 4 <> 0 then run + 2 end, case when n % 4 <> 0 then now() - (359999 + $1 - run) * interval '40 minutes' end,
         case when n % 8 = 0 then 'expert 1' end
  from (select n, 360000 + (n * 3) % greatest($1 - 2, 1) as run, p.*
        from generate_series(1, least($1, 400)) as n
        cross join lateral (select * from place order by luck offset n % 250 limit 1) as p) as made`;

const apiMinutes = `
  insert into api_minute (minute, process, route, requests, failures, mean_ms, p95_ms, greatest_ms)
  select date_trunc('minute', now()) - n * interval '1 minute', 'api 1', route, 10, n % 2, 5, 20, 60
  from generate_series(0, 1440) as n, unnest(array['GET /api/v1/runs', 'GET /api/v1/next', 'POST /api/v1/labels']) as route`;
