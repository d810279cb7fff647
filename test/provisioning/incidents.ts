import type { Queryable } from '@dtdqm/worker/storage/database';
import { lastRun } from './filled.ts';

/** Three incidents of the first chamber: a new critical one, one that somebody acknowledged, one that has healed. */
export async function insertIncidents(database: Queryable): Promise<void> {
  await database.query(
    `insert into incident_run (run, model, fetched_at, at) select run, model, fetched_at, fetched_at from run where model is not null
     on conflict do nothing`,
  );
  await database.query(
    `insert into incident (id, wheel, station, sector, kind, severity, condition, spans, layers, hardware, first_run, last_run,
                           opened_run, opened_at, healed_run, healed_at, acknowledged_by)
     values (1, -2, 1, 1, 'dead-layer', 'critical', 'new', '[]', '{9}', 'high voltage of layer 9', $1 - 1, $1, $1, now() - interval '1 hour', null, null, null),
            (2, -2, 1, 1, 'noisy-cell', 'warning', 'open', '[]', '{1}', 'not mapped', $1 - 7, $1, $1 - 6, now() - interval '5 days', null, null, 'ana'),
            (3, -2, 1, 1, 'weak-layer', 'warning', 'healed', '[]', '{5}', 'not mapped', $1 - 7, $1 - 5, $1 - 6, now() - interval '20 hours', $1 - 2, now() - interval '6 hours', null)`,
    [lastRun],
  );
  await database.query(
    `insert into incident_change (incident, run, at, change) values (1, $1, now() - interval '1 hour', 'opened')`,
    [lastRun],
  );
}
