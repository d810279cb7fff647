import type { CertificationDraft, Incident, IncidentReport } from '@dtdqm/contract';
import { draftCertification } from '../../incidents/report/certification.ts';
import { morningReport } from '../../incidents/report/morningReport.ts';
import type { Queryable } from '../database.ts';
import { listIncidents } from './read.ts';

export type Since = { run: number } | { at: string };

/** What has happened to incidents from a run on, or by runs that were stored from a moment on. */
export async function reportSince(db: Queryable, since: Since): Promise<IncidentReport> {
  const { rows } = await db.query<{ run: number }>(
    `select run from incident_run
     where ($1::integer is null or run >= $1) and ($2::timestamptz is null or at >= $2) order by run`,
    ['run' in since ? since.run : null, 'at' in since ? since.at : null],
  );
  const runs = rows.map(({ run }) => run);
  const changed = await changesIn(db, runs);
  const healed = await listIncidents(db, { states: ['healed'] });
  return morningReport({
    since: { run: 'run' in since ? since.run : null, at: 'at' in since ? since.at : null },
    runs,
    standing: await listIncidents(db),
    opened: changed(['opened', 'reopened']),
    grown: changed(['grown']),
    healed: healed.filter(({ incident }) => changed(['healed']).has(incident)),
  });
}

async function changesIn(
  db: Queryable,
  runs: readonly number[],
): Promise<(names: readonly string[]) => Set<number>> {
  const { rows } = await db.query<{ incident: number; change: string }>(
    'select incident, change from incident_change where run = any($1)',
    [runs],
  );
  return (names) =>
    new Set(rows.filter(({ change }) => names.includes(change)).map(({ incident }) => incident));
}

interface RunRow {
  status: string;
  closed: boolean;
  model: string | null;
  layers: number;
  badLayers: number;
  unknownLayers: number;
  absentChambers: number;
  failedChambers: number;
}

/** Draft of what to say of a run; null when it is not stored. */
export async function certificationOf(
  db: Queryable,
  run: number,
  links: CertificationDraft['links'],
): Promise<CertificationDraft | null> {
  const { rows } = await db.query<RunRow>(
    `select r.status::text, r.closed, r.model, coalesce(s.scored_layers, 0) as layers, coalesce(r.bad_layers, 0) as "badLayers",
            coalesce(s.unknown_layers, 0) as "unknownLayers", r.absent_chambers as "absentChambers", r.failed_chambers as "failedChambers"
     from run r left join run_summary s using (run) where r.run = $1`,
    [run],
  );
  const [evidence] = rows;
  if (evidence === undefined) return null;
  const incidents: Incident[] = await listIncidents(db, { run });
  return draftCertification({ run, evidence, incidents, links });
}
