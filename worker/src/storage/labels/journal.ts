import {
  type ChamberOfRun,
  type LabelConflict,
  type LabelEvent,
  type LabelEventKind,
  type LabelRequest,
  type LabelVerdict,
  labelErrorIds,
} from '@dtdqm/contract';
import { createHash } from 'node:crypto';
import type { Queryable } from '../database.ts';
import { arrayLiteral } from '../chambers.ts';
import { currentLabel, eventColumns, sameSpan } from './read.ts';

export type LabelErrorId = (typeof labelErrorIds)[keyof typeof labelErrorIds] | 'not-found';

/** Why a label, skip, undo or lease was refused. `id` is that of the API's answer; the message is for the user. */
export class LabelError extends Error {
  override readonly name: string = 'LabelError';
  readonly id: LabelErrorId;

  constructor(id: LabelErrorId, message: string) {
    super(message);
    this.id = id;
  }
}

/** Somebody wrote since: holds what was sent and what stands now. */
export class LabelConflictError extends LabelError {
  override readonly name = 'LabelConflictError';
  readonly conflict: LabelConflict['error']['conflict'];

  constructor(
    yours: { baseVersion: number; verdicts: (LabelVerdict | null)[] },
    current: { version: number; label: LabelEvent | null },
  ) {
    super(
      labelErrorIds.conflict,
      `the chamber is at version ${current.version} by now, your answer builds on version ${yours.baseVersion}: look at both and send again`,
    );
    this.conflict = { yours, current };
  }
}

/** Same text for the same request, in whatever order its fields came. */
export function requestHash(request: unknown): string {
  return createHash('sha256').update(canonical(request)).digest('base64url');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join(',')}}`;
}

/** An event before it has its id, time and version. */
export interface EventDraft extends ChamberOfRun {
  kind: LabelEventKind;
  expert: string;
  source: LabelEvent['source'];
  verdicts: LabelEvent['verdicts'];
  /** Of the whole run unless set. */
  span?: LabelEvent['span'] | undefined;
  marks?: LabelRequest['marks'];
  note?: string;
  blind?: boolean;
  seen?: LabelRequest['seen'];
  queueReason?: string | null;
  seconds?: number | null;
  undoes?: string;
  idempotencyKey: string;
  /** Of what was asked, see requestHash.ts. */
  hash: string;
  /** The write is refused when what was said of the same span, or of the whole run, is at another version. */
  baseVersion?: number | undefined;
}

/** Two writers that are next at once: one of them goes round again. Twenty experts on one chamber need far fewer. */
const attempts = 100;

/**
 * Adds an event to the journal and moves the chamber in the queue, in one statement: all of it happens or nothing.
 * The same request again, however often, adds nothing and returns the event of the first time.
 *
 * @throws {LabelConflictError} when `baseVersion` is not the chamber's version.
 * @throws {LabelError} when the key was used for another request, or what shall be undone was undone before.
 */
export async function appendEvent(db: Queryable, draft: EventDraft): Promise<LabelEvent> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const added = await tryAppend(db, draft);
    if (added !== null) return added;
    const before = await findRepeated(db, draft.expert, draft.idempotencyKey, draft.hash);
    if (before !== null) return before;
    await refuseStale(db, draft);
    await refuseUndone(db, draft);
  }
  throw new LabelError(labelErrorIds.conflict, 'too many experts write to this chamber at once: try again');
}

/**
 * What an earlier request with this key made.
 *
 * @throws {LabelError} when it was another request.
 */
export async function findRepeated(
  db: Queryable,
  expert: string,
  idempotencyKey: string,
  hash: string,
): Promise<LabelEvent | null> {
  const { rows } = await db.query<LabelEvent & { requestHash: string }>(
    `select ${eventColumns}, e.request_hash as "requestHash" from label_event e where e.expert = $1 and e.idempotency_key = $2`,
    [expert, idempotencyKey],
  );
  if (rows[0] === undefined) return null;
  const { requestHash: before, ...event } = rows[0];
  if (before !== hash) {
    throw new LabelError(
      labelErrorIds.idempotencyKeyReused,
      'idempotencyKey was used for another request: make a new key for every answer',
    );
  }
  return event;
}

/** Numbers of an answer as their columns (`real`) hold them: PostgreSQL refuses one below that, such as 1e-300, instead of making it 0. */
export function inSinglePrecision({ seconds, seen }: Pick<EventDraft, 'seconds' | 'seen'>): {
  seconds: number | null;
  scores: number[] | null;
} {
  return {
    seconds: typeof seconds === 'number' ? Math.fround(seconds) : null,
    scores: seen?.scores?.map(Math.fround) ?? null,
  };
}

/** Locks the chamber's place in the queue before anything else, as an undo does: two orders of locking would deadlock. */
async function tryAppend(db: Queryable, draft: EventDraft): Promise<LabelEvent | null> {
  const { seconds, scores } = inSinglePrecision(draft);
  const { span = null } = draft;
  const { rows } = await db.query<LabelEvent>({
    name: 'append event',
    text: `with locked as materialized (
       select from queue where run = $1 and wheel = $2 and station = $3 and sector = $4 for update
     ), place as (
       select coalesce(max(e.version), 0) as version, coalesce(max(e.version) filter (where ${sameSpan('$20', '$22')}), 0) as own
       from label_event e
       where run = $1 and wheel = $2 and station = $3 and sector = $4
     ), added as (
       insert into label_event (run, wheel, station, sector, version, expert, kind, verdicts, marks, note, blind,
                                model, scores, queue_reason, seconds, source, undoes, idempotency_key, request_hash,
                                span_from, span_from_lumisection, span_to, span_to_lumisection, seen_hits)
       select $1, $2, $3, $4, version + 1, $5, $6, $7::text::label_verdict[], $8::jsonb, $9, $10,
              $11, $12::real[], $13, $14, $15, $16, $17, $18, $20::timestamptz, $21::integer, $22::timestamptz, $23::integer,
              case when $6 = 'label'::label_event_kind and $22::timestamptz is null then coalesce($24::bigint, (
                select total_hits from chamber where run = $1 and wheel = $2 and station = $3 and sector = $4)) end
       from place
       where ($19::integer is null or own = $19) and (select count(*) from locked) is not null
       on conflict do nothing
       returning *
     ), moved as (
       update queue set state = case $6 when 'label' then 'labelled' else 'skipped' end::queue_state,
                        lease_id = null, lease_by = null, lease_until = null
       where run = $1 and wheel = $2 and station = $3 and sector = $4 and exists (select from added)
         and $22::timestamptz is null and ($6 = 'label' or ($6 = 'skip' and state in ('waiting', 'leased')))
     )
     select ${eventColumns} from added e`,
    values: [
      draft.run,
      draft.wheel,
      draft.station,
      draft.sector,
      draft.expert,
      draft.kind,
      draft.verdicts === null ? null : arrayLiteral(draft.verdicts),
      JSON.stringify(draft.marks ?? []),
      draft.note ?? '',
      draft.blind ?? false,
      draft.seen?.model ?? null,
      scores,
      draft.queueReason ?? null,
      seconds,
      draft.source,
      draft.undoes ?? null,
      draft.idempotencyKey,
      draft.hash,
      draft.baseVersion ?? null,
      span?.from?.at ?? null,
      span?.from?.lumisection ?? null,
      span?.to.at ?? null,
      span?.to.lumisection ?? null,
      draft.seen?.hits ?? null,
    ],
  });
  return rows[0] ?? null;
}

async function refuseStale(db: Queryable, draft: EventDraft): Promise<void> {
  if (draft.baseVersion === undefined) return;
  const current = await currentLabel(db, draft, draft.span);
  if (current.version === draft.baseVersion) return;
  throw new LabelConflictError({ baseVersion: draft.baseVersion, verdicts: draft.verdicts ?? [] }, current);
}

async function refuseUndone(db: Queryable, { undoes }: EventDraft): Promise<void> {
  if (undoes === undefined) return;
  const { rowCount } = await db.query('select from label_event where undoes = $1', [undoes]);
  if (rowCount === 0) return;
  throw new LabelError(labelErrorIds.alreadyUndone, `event ${undoes} was taken back before`);
}

/**
 * Stores an expert's answer and takes the chamber out of the queue, whoever held it; of a span of the run it changes nothing there.
 *
 * @throws {LabelConflictError} when `baseVersion` is not the chamber's version.
 * @throws {LabelError} when the key was used for another request.
 */
export function writeLabel(
  db: Queryable,
  expert: string,
  request: LabelRequest,
  source: LabelEvent['source'] = 'panel',
): Promise<LabelEvent> {
  const { idempotencyKey: _key, ...asked } = request;
  return appendEvent(db, { ...request, kind: 'label', expert, source, hash: requestHash(asked) });
}
