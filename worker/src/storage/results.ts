import { noWire, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { ChamberVerdict } from '@dtdqm/detector/scorer';
import type { Stability } from '../dqm/discovery.ts';
import { transaction, type Database, type Queryable } from './database.ts';
import { arrayLiteral, flatten } from './encoding.ts';
import { saveScores, type ScoredChamber } from './scores.ts';

export type ChamberResult = ChamberId &
  (
    | { state: 'present'; matrix: Matrix; verdict: ChamberVerdict }
    | { state: 'absent' | 'failed'; reason: string }
  );

export interface RunResult {
  run: number;
  dataset: string;
  /** `<name>@<version>`; must be registered. */
  model: string;
  /** False while the run still grows at the source. */
  closed: boolean;
  /** What the next fetch is compared with to tell whether the run has grown. */
  stability: Stability;
  /** What went wrong, for people; null makes the run FINISHED. */
  error: string | null;
  lumisections?: number;
  /** Every chamber of the detector, once. */
  chambers: readonly ChamberResult[];
}

/**
 * Stores a run as it was fetched and scored, in one transaction: readers see what was there before, or all of this.
 *
 * @param owner worker that holds the run (see leases.ts); nothing is stored when it has lost it.
 * @returns false when another worker has taken the run over.
 */
export async function saveRunResult(database: Database, result: RunResult, owner?: string): Promise<boolean> {
  return transaction(database, async (client) => {
    if (owner !== undefined && !(await isHeld(client, result.run, owner))) return false;
    await saveRun(client, result);
    await saveChambers(client, result);
    const scored = result.chambers.flatMap((chamber): ScoredChamber[] =>
      chamber.state === 'present' ? [{ ...chamber, ...chamber.verdict }] : [],
    );
    // Chambers may have grown since: what any model said of the old matrix no longer holds.
    await client.query('delete from chamber_score where run = $1', [result.run]);
    await saveScores(client, result.run, result.model, scored);
    return true;
  });
}

/**
 * Notes that another fetch brought what is stored already.
 *
 * @returns false when another worker has taken the run over: nothing is noted then.
 */
export async function confirmRun(
  db: Queryable,
  { run, stability, closed }: Pick<RunResult, 'run' | 'stability' | 'closed'>,
  owner: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update run set status = 'FINISHED', error = null, stability = $3, closed = $4, attempts = 0, lost_workers = 0,
                    lease_owner = null, lease_until = null, updated_at = now(), fetched_at = now()
     where run = $1 and lease_owner = $2`,
    [run, owner, JSON.stringify(stability), closed],
  );
  return rowCount === 1;
}

/** Locks the row, so that nobody can take the run over, or delete it, before the transaction ends. */
async function isHeld(db: Queryable, run: number, owner: string): Promise<boolean> {
  const { rowCount } = await db.query('select from run where run = $1 and lease_owner = $2 for update', [
    run,
    owner,
  ]);
  return rowCount === 1;
}

async function saveRun(db: Queryable, result: RunResult): Promise<void> {
  const { chambers } = result;
  const present = chambers.flatMap((chamber) => (chamber.state === 'present' ? [chamber] : []));
  const badLayers = present
    .flatMap(({ verdict }) => verdict.verdicts)
    .filter((verdict) => verdict === 'bad').length;
  await db.query(
    `insert into run as stored (run, dataset, status, error, closed, stability, lumisections, hits, chambers,
                                absent_chambers, failed_chambers, bad_layers, model, attempts, fetched_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, now())
     on conflict (run) do update set
       dataset = excluded.dataset, status = excluded.status, error = excluded.error, closed = excluded.closed,
       stability = excluded.stability, lumisections = coalesce(excluded.lumisections, stored.lumisections),
       hits = excluded.hits, chambers = excluded.chambers, absent_chambers = excluded.absent_chambers,
       failed_chambers = excluded.failed_chambers, bad_layers = excluded.bad_layers, model = excluded.model,
       attempts = case when excluded.error is null then 0 else stored.attempts end, lost_workers = 0,
       lease_owner = null, lease_until = null, updated_at = now(), fetched_at = now()`,
    [
      result.run,
      result.dataset,
      result.error === null ? 'FINISHED' : 'ERROR',
      result.error,
      result.closed,
      JSON.stringify(result.stability),
      result.lumisections ?? null,
      present.reduce((sum, { matrix }) => sum + totalHits(matrix), 0),
      present.length,
      chambers.filter(({ state }) => state === 'absent').length,
      chambers.filter(({ state }) => state === 'failed').length,
      badLayers,
      result.model,
    ],
  );
}

async function saveChambers(db: Queryable, { run, chambers }: RunResult): Promise<void> {
  const matrixOf = (chamber: ChamberResult) => (chamber.state === 'present' ? chamber.matrix : null);
  await db.query(
    `insert into chamber (run, wheel, station, sector, state, reason, width, total_hits, hits)
     select $1, wheel, station, sector, state, reason, width, total_hits, hits::integer[]
     from unnest($2::smallint[], $3::smallint[], $4::smallint[], $5::chamber_state[], $6::text[], $7::smallint[], $8::bigint[], $9::text[])
       as fetched (wheel, station, sector, state, reason, width, total_hits, hits)
     on conflict (run, wheel, station, sector) do update set
       state = excluded.state, reason = excluded.reason, width = excluded.width,
       total_hits = excluded.total_hits, hits = excluded.hits`,
    [
      run,
      chambers.map(({ wheel }) => wheel),
      chambers.map(({ station }) => station),
      chambers.map(({ sector }) => sector),
      chambers.map(({ state }) => state),
      chambers.map((chamber) => (chamber.state === 'present' ? null : chamber.reason)),
      chambers.map((chamber) => matrixOf(chamber)?.[0]?.length ?? null),
      chambers.map((chamber) => mapPresent(matrixOf(chamber), totalHits)),
      chambers.map((chamber) => mapPresent(matrixOf(chamber), (matrix) => arrayLiteral(flatten(matrix)))),
    ],
  );
}

function mapPresent<T>(matrix: Matrix | null, map: (matrix: Matrix) => T): T | null {
  return matrix === null ? null : map(matrix);
}

function totalHits(matrix: Matrix): number {
  return flatten(matrix).reduce((sum, hits) => (hits === noWire ? sum : sum + hits), 0);
}
