import type { IncidentAct } from '@dtdqm/contract';
import { ActError, applyAct, type Anchor, type RecordedAct } from '../../incidents/acts.ts';
import { transaction, type Database, type Queryable } from '../database.ts';
import { requestHash } from '../labels/journal.ts';
import { checkpointBefore, lockLedger, nextNumber, rememberNextNumber, saveCheckpoints } from './ledger.ts';
import { writeEffects, writeIncidents } from './rows.ts';

export type IncidentErrorId = 'not-found' | 'merged' | 'not-possible' | 'idempotency-key-reused';

/** Why something cannot be done to an incident. `id` is that of the API's answer; the message is for the user. */
export class IncidentError extends Error {
  override readonly name = 'IncidentError';
  readonly id: IncidentErrorId;

  constructor(id: IncidentErrorId, message: string) {
    super(message);
    this.id = id;
  }
}

/**
 * Does what somebody asks for to an incident, and writes it into the journal, in one transaction. The same request again,
 * however often, does nothing more.
 *
 * @throws {IncidentError} when there is no such incident, it is part of another, the act makes no sense for it, or the key was
 *   used for another request.
 */
export async function actOnIncident(
  database: Database,
  actor: string,
  incident: number,
  request: IncidentAct,
): Promise<void> {
  const { idempotencyKey, comment, ...act } = request;
  const hash = requestHash({ incident, comment, act });
  await transaction(database, async (db) => {
    await lockLedger(db);
    const before = await actByKey(db, actor, idempotencyKey);
    if (before !== null) {
      if (before.hash === hash) return;
      throw new IncidentError(
        'idempotency-key-reused',
        'idempotencyKey was used for another request: make a new key for every act',
      );
    }
    const { rows } = await db.query<{ at: Date }>('select now() as at');
    const { at } = rows[0]!;
    if (act.action === 'shelve' && Date.parse(act.until) <= at.getTime())
      throw new IncidentError('not-possible', 'until: must be in the future');
    const anchor = await anchorOf(db, incident);
    const otherAnchor = await otherAnchorOf(db, incident, act);
    const checkpoint = await checkpointBefore(db, null);
    const recorded: RecordedAct = {
      actor,
      incident,
      run: checkpoint.run,
      at: at.toISOString(),
      act,
      anchor,
      ...(otherAnchor === undefined ? {} : { otherAnchor }),
    };
    await appendAct(db, { ...recorded, comment, idempotencyKey, hash });
    let next = await nextNumber(db);
    const { ledger, effects } = apply(() => applyAct(checkpoint.ledger, recorded, () => next++));
    await rememberNextNumber(db, next);
    await writeIncidents(db, [...effects.finished, ...ledger.tracks]);
    await writeEffects(db, effects);
    await saveCheckpoints(db, [{ ...checkpoint, ledger }]);
  });
}

function apply<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ActError) throw new IncidentError('not-possible', error.message);
    throw error;
  }
}

async function otherAnchorOf(
  db: Queryable,
  incident: number,
  act: Pick<RecordedAct['act'], 'action'> & { into?: number; to?: number },
): Promise<Anchor | undefined> {
  const other = act.into ?? act.to;
  if (other === incident)
    throw new IncidentError('not-possible', `incident ${incident} cannot be tied to itself`);
  return other === undefined ? undefined : anchorOf(db, other);
}

async function anchorOf(db: Queryable, incident: number): Promise<Anchor> {
  const { rows } = await db.query<Anchor & { mergedInto: number | null }>(
    `select incident_chamber(i) as chamber, spans, first_run as "firstRun", merged_into as "mergedInto" from incident i where id = $1`,
    [incident],
  );
  const [row] = rows;
  if (row === undefined) throw new IncidentError('not-found', `there is no incident ${incident}`);
  if (row.mergedInto !== null)
    throw new IncidentError(
      'merged',
      `incident ${incident} is part of incident ${row.mergedInto} now: act on that`,
    );
  const { chamber, spans, firstRun } = row;
  return { chamber, spans, firstRun };
}

interface ActDraft extends Omit<RecordedAct, 'at'> {
  comment: string;
  idempotencyKey: string;
  hash: string;
}

/** Adds an act to the journal. */
async function appendAct(db: Queryable, draft: ActDraft): Promise<void> {
  const { action, ...detail } = draft.act;
  await db.query(
    `insert into incident_act (actor, action, incident, run, comment, detail, anchor, idempotency_key, request_hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      draft.actor,
      action,
      draft.incident,
      draft.run,
      draft.comment,
      JSON.stringify(detail),
      JSON.stringify({ own: draft.anchor, other: draft.otherAnchor }),
      draft.idempotencyKey,
      draft.hash,
    ],
  );
}

/** What an earlier request with this key was; null when there was none. */
async function actByKey(
  db: Queryable,
  actor: string,
  idempotencyKey: string,
): Promise<{ incident: number; hash: string } | null> {
  const { rows } = await db.query<{ incident: number; hash: string }>(
    'select incident, request_hash as hash from incident_act where actor = $1 and idempotency_key = $2',
    [actor, idempotencyKey],
  );
  return rows[0] ?? null;
}
