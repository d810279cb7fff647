import type { ChamberId, DataSource, Matrix } from '@dtdqm/contract';
import type { ChamberVerdict } from '@dtdqm/detector';
import type pg from 'pg';
import { hitsOf, type Kept } from '../pipeline/look.ts';
import type { RunLife } from '../pipeline/runLife.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { endJobs, jobKinds, whileOwned } from './jobs.ts';
import { arrayLiteral, flatten, quantise } from './chambers.ts';
import { saveLife } from './life.ts';
import { type InsideLook, saveInside } from './slices.ts';

export type ChamberResult = ChamberId &
  (
    | { state: 'present'; matrix: Matrix; kept?: Kept | null; verdict: ChamberVerdict }
    | { state: 'absent' | 'failed'; reason: string }
  );

export interface RunResult {
  run: number;
  dataset: string;
  /** `<name>@<version>`; must be registered. */
  model: string;
  /** Runs before it that it was judged by, see `countPastRuns`; not known unless set. */
  pastRuns?: number | undefined;
  life: RunLife;
  /** What went wrong, for people; null makes the run FINISHED. */
  error: string | null;
  /** Whether the source showed something that was not had; true unless set. A verdict of another model is no news of the detector. */
  isNews?: boolean;
  lumisections?: number;
  /** Where the hits come from; not known unless set. */
  source?: DataSource;
  /** When the run began, milliseconds since 1970, as the source tells; null where it does not: what it told before stays. */
  startedAt?: number | null;
  /** Every chamber of the detector, once. */
  chambers: readonly ChamberResult[];
  /** What the look told of the inside of a run in progress. */
  inside?: InsideLook | null;
}

/**
 * Stores a run as it was fetched and scored, in one transaction: readers see what was there before, or all of this.
 *
 * @param owner worker that has the run in hand (see jobs.ts); nothing is stored when it has lost it.
 * @returns false when another worker has taken the run over.
 */
export async function saveRunResult(database: Database, result: RunResult, owner?: string): Promise<boolean> {
  const { run, model, chambers, error } = result;
  const save = async (client: pg.PoolClient) => {
    await saveRun(client, result);
    await saveLife(client, run, result.life);
    if (result.inside) await saveInside(client, run, result.inside);
    await saveChambers(client, run, chambers);
    const scored = chambers.flatMap((chamber): ScoredChamber[] =>
      chamber.state === 'present' ? [{ ...chamber, ...chamber.verdict }] : [],
    );
    // Chambers may have grown since: what any model said of the old matrix no longer holds.
    await client.query('delete from chamber_score where run = $1', [run]);
    await saveScores(client, run, model, scored);
    // The model in use has just scored the run: whoever waits for that has it too.
    await endJobs(client, run, jobKinds, error === null ? 'completed' : 'failed');
  };
  if (owner !== undefined) return whileOwned(database, run, owner, save);
  await transaction(database, save);
  return true;
}

/** A chamber after a look that brought no matrix of it. */
export type ChamberStanding = ChamberId &
  ({ state: 'present'; kept: Kept | null } | { state: 'absent' | 'failed'; reason: string });

/**
 * Notes what a look said that brought no hits more: matrices and scores stay as they are stored.
 *
 * @param look.error makes the run an ERROR; null makes it FINISHED unless it waits for a re-evaluation.
 * @param look.chambers all of them; null when nothing changed but the time of the look.
 * @returns false when another worker has taken the run over: nothing is noted then.
 */
export async function saveLook(
  database: Database,
  look: {
    run: number;
    life: RunLife;
    error: string | null;
    chambers: readonly ChamberStanding[] | null;
    inside?: InsideLook | null;
  },
  owner: string,
): Promise<boolean> {
  const { run, life, error, chambers, inside } = look;
  return whileOwned(database, run, owner, async (client) => {
    await client.query(
      `update run set
         status = case when $2::text is not null then 'ERROR' when status = 'LOADING' then 'FINISHED' else status end::run_status,
         error = $2, attempts = case when $2 is null then 0 else attempts end, lost_workers = 0, lease_owner = null, lease_until = null,
         -- Displays ask by this time whether anything is new.
         updated_at = case when $3 or life <> $4::run_life then now() else updated_at end
       where run = $1`,
      [run, error, chambers !== null || error !== null, life.state],
    );
    await saveLife(client, run, life);
    if (inside) await saveInside(client, run, inside);
    if (chambers !== null) await saveStandings(client, run, chambers);
    // An ERROR is not re-evaluated but fetched again, which scores it by the model in use.
    await endJobs(
      client,
      run,
      error === null ? ['fetch'] : jobKinds,
      error === null ? 'completed' : 'failed',
    );
  });
}

async function saveStandings(
  db: Queryable,
  run: number,
  chambers: readonly ChamberStanding[],
): Promise<void> {
  const rows = chambers.map(({ wheel, station, sector, ...chamber }) => ({
    ...{ wheel, station, sector, state: chamber.state },
    ...(chamber.state === 'present' ? keptColumns(chamber.kept) : { reason: chamber.reason }),
  }));
  await db.query(
    `with looked as (
       select * from json_to_recordset($2) as l (wheel smallint, station smallint, sector smallint, state chamber_state, reason text,
                                                 "keptSince" timestamptz, "keptReason" text)
     ), kept as (
       update chamber c set kept_since = "keptSince", kept_reason = "keptReason"
       from looked l where l.state = 'present' and c.run = $1 and (c.wheel, c.station, c.sector) = (l.wheel, l.station, l.sector)
         and (c.kept_since, c.kept_reason) is distinct from ("keptSince", "keptReason")
     )
     insert into chamber (run, wheel, station, sector, state, reason)
     select $1, wheel, station, sector, state, reason from looked where state <> 'present'
     on conflict (run, wheel, station, sector) do update set state = excluded.state, reason = excluded.reason`,
    [run, JSON.stringify(rows)],
  );
  await db.query(
    `update run set (chambers, absent_chambers, failed_chambers, kept_chambers) = (
       select count(*) filter (where state = 'present'), count(*) filter (where state = 'absent'),
              count(*) filter (where state = 'failed'), count(kept_since)
       from chamber where chamber.run = $1)
     where run = $1`,
    [run],
  );
}

function keptColumns(kept: Kept | null | undefined) {
  return kept ? { keptSince: new Date(kept.since), keptReason: kept.reason } : {};
}

async function saveRun(db: Queryable, result: RunResult): Promise<void> {
  const { chambers } = result;
  const present = chambers.flatMap((chamber) => (chamber.state === 'present' ? [chamber] : []));
  const badLayers = present
    .flatMap(({ verdict }) => verdict.verdicts)
    .filter((verdict) => verdict === 'bad').length;
  await db.query(
    `insert into run as stored (run, dataset, status, error, lumisections, hits, chambers, absent_chambers,
                                failed_chambers, kept_chambers, bad_layers, model, source, started_at, past_runs, attempts, fetched_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, now())
     on conflict (run) do update set
       dataset = excluded.dataset, status = excluded.status, error = excluded.error,
       lumisections = coalesce(excluded.lumisections, stored.lumisections),
       hits = excluded.hits, chambers = excluded.chambers, absent_chambers = excluded.absent_chambers,
       failed_chambers = excluded.failed_chambers, kept_chambers = excluded.kept_chambers, bad_layers = excluded.bad_layers, model = excluded.model, source = excluded.source,
       past_runs = excluded.past_runs,
       started_at = coalesce(excluded.started_at, stored.started_at),
       attempts = case when excluded.error is null then 0 else stored.attempts end, lost_workers = 0,
       lease_owner = null, lease_until = null, updated_at = now(),
       fetched_at = case when $16 or stored.fetched_at is null then now() else stored.fetched_at end`,
    [
      result.run,
      result.dataset,
      result.error === null ? 'FINISHED' : 'ERROR',
      result.error,
      result.lumisections ?? null,
      present.reduce((sum, { matrix }) => sum + hitsOf(matrix), 0),
      present.length,
      chambers.filter(({ state }) => state === 'absent').length,
      chambers.filter(({ state }) => state === 'failed').length,
      present.filter(({ kept }) => kept).length,
      badLayers,
      result.model,
      result.source ?? null,
      typeof result.startedAt === 'number' ? new Date(result.startedAt) : null,
      result.pastRuns ?? null,
      result.isNews ?? true,
    ],
  );
}

async function saveChambers(db: Queryable, run: number, chambers: readonly ChamberResult[]): Promise<void> {
  const rows = chambers.map(({ wheel, station, sector, ...chamber }) => ({
    ...{ wheel, station, sector, state: chamber.state },
    ...(chamber.state === 'present'
      ? {
          width: chamber.matrix[0]?.length,
          totalHits: hitsOf(chamber.matrix),
          hits: arrayLiteral(flatten(chamber.matrix)),
          ...keptColumns(chamber.kept),
        }
      : { reason: chamber.reason }),
  }));
  await db.query(
    `insert into chamber (run, wheel, station, sector, state, reason, width, total_hits, hits, kept_since, kept_reason)
     select $1, wheel, station, sector, state, reason, width, "totalHits", hits::integer[], "keptSince", "keptReason"
     from json_to_recordset($2) as fetched (wheel smallint, station smallint, sector smallint, state chamber_state, reason text,
                                            width smallint, "totalHits" bigint, hits text, "keptSince" timestamptz, "keptReason" text)
     on conflict (run, wheel, station, sector) do update set
       state = excluded.state, reason = excluded.reason, width = excluded.width,
       total_hits = excluded.total_hits, hits = excluded.hits,
       kept_since = excluded.kept_since, kept_reason = excluded.kept_reason`,
    [run, JSON.stringify(rows)],
  );
}

export interface ScoredChamber extends ChamberId, ChamberVerdict {
  matrix: Matrix;
}

/** Stores what one model says of chambers of a run whose matrices are stored, replacing what it said before. */
export async function saveScores(
  db: Queryable,
  run: number,
  model: string,
  chambers: readonly ScoredChamber[],
): Promise<void> {
  const rows = chambers.map(
    ({ wheel, station, sector, scores, verdicts, faults, saliency, saliencyMethod, matrix }) => {
      const quantised = quantise(saliency, matrix);
      return {
        ...{ wheel, station, sector, faults, saliencyMethod, scale: quantised.scale },
        // PostgreSQL refuses what is too small for a real; rounded first, it is 0.
        scores: arrayLiteral(scores.map(Math.fround)),
        verdicts: arrayLiteral(verdicts),
        saliency: arrayLiteral(quantised.values),
      };
    },
  );
  await db.query(
    `insert into chamber_score (run, wheel, station, sector, model, scores, verdicts, faults, saliency_scale, saliency, saliency_method)
     select $1, wheel, station, sector, $2, scores::real[], verdicts::verdict[], faults, scale, saliency::smallint[], "saliencyMethod"
     from json_to_recordset($3) as scored (wheel smallint, station smallint, sector smallint, scores text, verdicts text,
                                           faults jsonb, scale real, saliency text, "saliencyMethod" text)
     on conflict (run, wheel, station, sector, model) do update set
       scores = excluded.scores, verdicts = excluded.verdicts, faults = excluded.faults,
       saliency_scale = excluded.saliency_scale, saliency = excluded.saliency, saliency_method = excluded.saliency_method`,
    [run, model, JSON.stringify(rows)],
  );
}

/**
 * Makes a model's scores the current ones of a run, in one transaction; scores of other models stay.
 *
 * @returns false when the worker has lost the run: nothing is stored then.
 */
export async function saveReevaluation(
  database: Database,
  result: { run: number; model: string; pastRuns?: number; chambers: readonly ScoredChamber[] },
  owner: string,
): Promise<boolean> {
  const { run, model, pastRuns = null, chambers } = result;
  return whileOwned(database, run, owner, async (client) => {
    const badLayers = chambers
      .flatMap(({ verdicts }) => verdicts)
      .filter((verdict) => verdict === 'bad').length;
    await client.query(
      `update run set status = 'FINISHED', model = $2, bad_layers = $3, past_runs = $4, lost_workers = 0, lease_owner = null,
                      lease_until = null, updated_at = now()
       where run = $1`,
      [run, model, badLayers, pastRuns],
    );
    await saveScores(client, run, model, chambers);
    await endJobs(client, run, ['reevaluate'], 'completed');
  });
}
