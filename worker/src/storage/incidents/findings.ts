import { formatChamber, parseChamber, type ChamberId } from '@dtdqm/contract';
import type { Finding, RunFindings } from '../../incidents/track.ts';
import type { Queryable } from '../database.ts';
import { canonicalJson } from './canonicalJson.ts';
import type { StaleRun } from './stale.ts';

type ByChamber<T> = Record<string, T>;

/**
 * Stores what a run says, in place of what it said before.
 *
 * @returns false when that is the same as before: the ledger need not change.
 */
export async function saveFindings(
  db: Queryable,
  { run, model, fetchedAt, at }: StaleRun,
  findings: ByChamber<Finding[]>,
  blind: ByChamber<number[]>,
): Promise<boolean> {
  const [before] = await runsAfter(db, run - 1, 1);
  const same =
    before?.run === run &&
    before.model === model &&
    canonicalJson([before.findings, before.blind]) ===
      canonicalJson([new Map(Object.entries(findings)), new Map(Object.entries(blind))]);
  await db.query(
    `insert into incident_run (run, model, fetched_at, at, blind) values ($1, $2, $3, $4, $5)
     on conflict (run) do update set model = excluded.model, fetched_at = excluded.fetched_at, blind = excluded.blind`,
    [run, model, fetchedAt, at, JSON.stringify(blind)],
  );
  if (same) return false;
  await db.query('delete from incident_finding where run = $1', [run]);
  const rows = Object.entries(findings).map(([chamber, found]) => ({
    ...parseChamber(chamber),
    findings: found,
  }));
  await db.query(
    `insert into incident_finding (run, wheel, station, sector, findings)
     select $1, wheel, station, sector, findings
     from jsonb_to_recordset($2) as f(wheel smallint, station smallint, sector smallint, findings jsonb)`,
    [run, JSON.stringify(rows)],
  );
  return true;
}

interface Row {
  run: number;
  at: Date;
  model: string;
  blind: ByChamber<number[]>;
  chambers: (ChamberId & { findings: Finding[] })[];
}

/** What the next runs after `run` say, oldest first. */
export async function runsAfter(db: Queryable, run: number, limit: number): Promise<RunFindings[]> {
  const { rows } = await db.query<Row>(
    `select r.run, r.at, r.model, r.blind,
            coalesce((select jsonb_agg(jsonb_build_object('wheel', wheel, 'station', station, 'sector', sector, 'findings', findings))
                      from incident_finding f where f.run = r.run), '[]') as chambers
     from incident_run r where r.run > $1 order by r.run limit $2`,
    [run, limit],
  );
  return rows.map(({ chambers, at, blind, ...rest }) => ({
    ...rest,
    at: at.toISOString(),
    blind: new Map(Object.entries(blind)),
    findings: new Map(chambers.map((chamber) => [formatChamber(chamber), chamber.findings])),
  }));
}
