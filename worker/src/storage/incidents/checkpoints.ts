import { newest, spacing, type ReplayState } from '../../incidents/replay.ts';
import { emptyLedger } from '../../incidents/track.ts';
import type { Queryable } from '../database.ts';

/** The newest checkpoint before a run, or of all; the empty ledger where there is none. */
export async function checkpointBefore(db: Queryable, run: number | null): Promise<ReplayState> {
  const { rows } = await db.query<{
    run: number;
    ordinal: number;
    state: Pick<ReplayState, 'ledger' | 'ahead'>;
  }>(
    'select run, ordinal, state from incident_checkpoint where $1::integer is null or run < $1 order by run desc limit 1',
    [run],
  );
  const [row] = rows;
  if (row === undefined) return { run: 0, ordinal: 0, ledger: emptyLedger, ahead: [] };
  return { run: row.run, ordinal: row.ordinal, ...row.state };
}

/** Stores states of the ledger, and drops those that have become too old and too many. */
export async function saveCheckpoints(db: Queryable, checkpoints: readonly ReplayState[]): Promise<void> {
  await db.query(
    `insert into incident_checkpoint (run, ordinal, state)
     select run, ordinal, state from jsonb_to_recordset($1) as c(run integer, ordinal integer, state jsonb)
     on conflict (run) do update set ordinal = excluded.ordinal, state = excluded.state`,
    [
      JSON.stringify(
        checkpoints.map(({ run, ordinal, ledger, ahead }) => ({ run, ordinal, state: { ledger, ahead } })),
      ),
    ],
  );
  await db.query(
    `delete from incident_checkpoint
     where ordinal % $1 <> 0 and ordinal <= (select max(ordinal) from incident_checkpoint) - $2`,
    [spacing, newest],
  );
}

export async function dropCheckpointsAfter(db: Queryable, run: number): Promise<void> {
  await db.query('delete from incident_checkpoint where run > $1', [run]);
}
