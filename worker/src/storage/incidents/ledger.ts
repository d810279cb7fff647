import {
  checkpointSpacing,
  newestCheckpoints,
  reconcileNumbers,
  renumberEffects,
  renumberLedger,
  replay,
  type Identity,
  type ReplayState,
} from '../../incidents/replay.ts';
import type { RecordedAct } from '../../incidents/acts.ts';
import { emptyLedger, type Track } from '../../incidents/track.ts';
import type { Queryable } from '../database.ts';
import { locks } from '../advisoryLocks.ts';
import { runsAfter } from './findings.ts';
import { dropIncidents, forgetAfter, writeEffects, writeIncidents } from './rows.ts';

/** Runs in memory at a time. */
const page = 200;

/**
 * Makes the ledger anew from `run` on; for a new run at the end that is the one run. Must be called with the ledger locked.
 */
export async function rebuildFrom(db: Queryable, run: number): Promise<void> {
  const from = await checkpointBefore(db, run);
  const before = from.run;
  const work = replay(from, await actsAfter(db, before));
  for (
    let at = before, runs = await runsAfter(db, at, page);
    runs.length > 0;
    runs = await runsAfter(db, at, page)
  ) {
    for (const each of runs) work.take(each);
    at = runs.at(-1)?.run ?? at;
  }
  const { states, effects } = work.finish();
  const last = states.at(-1) ?? from;
  const tracks = [...effects.finished, ...last.ledger.tracks];

  const stored = await identitiesAfter(db, before);
  let next = await nextNumber(db);
  const numbers = reconcileNumbers(
    tracks
      .filter(({ id }) => id < 0)
      .map(identityOf)
      .sort(byOpening),
    stored,
    () => next++,
  );
  await rememberNextNumber(db, next);

  await forgetAfter(db, before);
  const final = renumberEffects(effects, numbers);
  const kept = renumberLedger(last.ledger, numbers).tracks;
  await dropIncidents(
    db,
    before,
    [...final.finished, ...kept].map(({ id }) => id),
  );
  await writeIncidents(db, [...final.finished, ...kept]);
  await writeEffects(db, final);
  await dropCheckpointsAfter(db, before);
  await saveCheckpoints(
    db,
    states
      .filter((state) => state.run > 0)
      .map((state) => ({ ...state, ledger: renumberLedger(state.ledger, numbers) })),
  );
}

function identityOf({ id, chamber, spans, firstRun, lastRun }: Track): Identity {
  return { id, chamber, spans, firstRun, lastRun };
}

/** Provisional numbers count down from -1. */
function byOpening(a: Identity, b: Identity): number {
  return b.id - a.id;
}

/** Waits until nobody else changes the ledger; held until the transaction ends, also by a kill. */
export async function lockLedger(db: Queryable): Promise<void> {
  await db.query('select pg_advisory_xact_lock($1)', [locks.incidentLedger]);
}

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
    [checkpointSpacing, newestCheckpoints],
  );
}

async function dropCheckpointsAfter(db: Queryable, run: number): Promise<void> {
  await db.query('delete from incident_checkpoint where run > $1', [run]);
}

export async function nextNumber(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ next_id: number }>('select next_id from incident_ledger');
  return rows[0]?.next_id ?? 1;
}

export async function rememberNextNumber(db: Queryable, next: number): Promise<void> {
  await db.query('update incident_ledger set next_id = $1 where next_id < $1', [next]);
}

/** Incidents that were opened after a run, as far as they can be told again after a replay. */
async function identitiesAfter(db: Queryable, run: number): Promise<Identity[]> {
  const { rows } = await db.query<Identity>(
    `select id, incident_chamber(i) as chamber, spans, first_run as "firstRun", last_run as "lastRun"
     from incident i where opened_run > $1 order by id`,
    [run],
  );
  return rows;
}

interface ActRow {
  id: string;
  at: Date;
  actor: string;
  action: RecordedAct['act']['action'];
  incident: number;
  run: number;
  detail: object;
  anchor: { own: RecordedAct['anchor']; other?: RecordedAct['anchor'] };
}

interface StoredAct extends RecordedAct {
  id: string;
}

/** What people did at runs after `run`, in the order in which it counts. */
async function actsAfter(db: Queryable, run: number): Promise<StoredAct[]> {
  const { rows } = await db.query<ActRow>(
    `select id::text, at, actor, action, incident, run, detail, anchor from incident_act
     where run > $1 and action not in ('comment', 'link', 'unlink') order by run, id`,
    [run],
  );
  return rows.map(({ at, action, detail, anchor: { own, other }, ...rest }) => ({
    ...rest,
    at: at.toISOString(),
    act: { action, ...detail } as RecordedAct['act'],
    anchor: own,
    ...(other === undefined ? {} : { otherAnchor: other }),
  }));
}
