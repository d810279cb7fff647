import type { RecordedAct } from '../../incidents/recordedAct.ts';
import type { Queryable } from '../database.ts';

interface Row {
  id: string;
  at: Date;
  actor: string;
  action: RecordedAct['act']['action'];
  incident: number;
  run: number;
  detail: object;
  anchor: { own: RecordedAct['anchor']; other?: RecordedAct['anchor'] };
}

export interface StoredAct extends RecordedAct {
  id: string;
}

/** What people did at runs after `run`, in the order in which it counts. */
export async function actsAfter(db: Queryable, run: number): Promise<StoredAct[]> {
  const { rows } = await db.query<Row>(
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

export interface ActDraft extends Omit<RecordedAct, 'at'> {
  comment: string;
  idempotencyKey: string;
  hash: string;
}

/** Adds an act to the journal. */
export async function appendAct(db: Queryable, draft: ActDraft): Promise<void> {
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
export async function actByKey(
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
