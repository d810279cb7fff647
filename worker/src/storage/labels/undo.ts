import { type ChamberOfRun, type LabelEvent, type LabelUndo, labelErrorIds } from '@dtdqm/contract';
import { type Database, type Queryable, transaction } from '../database.ts';
import { LabelError, appendEvent, findRepeated, requestHash } from './journal.ts';
import { eventColumns } from './read.ts';

/**
 * Takes back a label or a skip, by an event of its own; what stood before counts again.
 *
 * @param everyones true lets the expert (an admin) take back what others said.
 * @throws {LabelError} when there is no such event, it is someone else's, is an undo itself, or was taken back before.
 */
export function undoEvent(
  db: Database,
  expert: string,
  undo: LabelUndo,
  options: { everyones?: boolean } = {},
): Promise<LabelEvent> {
  return transaction(db, (client) => undoOwn(client, expert, undo, options));
}

/** {@link undoEvent} inside a transaction. */
export async function undoOwn(
  client: Queryable,
  expert: string,
  { event, idempotencyKey }: LabelUndo,
  { everyones = false }: { everyones?: boolean } = {},
): Promise<LabelEvent> {
  const hash = requestHash({ undo: event });
  const before = await findRepeated(client, expert, idempotencyKey, hash);
  if (before !== null) return before;
  const undone = await findEvent(client, event);
  if (undone.kind === 'undo') {
    throw new LabelError(labelErrorIds.alreadyUndone, `event ${event} is an undo itself: label anew instead`);
  }
  if (undone.by !== expert && !everyones) {
    throw new LabelError(labelErrorIds.notYours, `event ${event} was made by ${undone.by}`);
  }
  // As they were when stored: all of them were checked then.
  const chamber = {
    run: undone.run,
    wheel: undone.wheel,
    station: undone.station,
    sector: undone.sector,
  } as ChamberOfRun;
  return undoWithin(client, expert, { ...chamber, span: undone.span, undoes: event, idempotencyKey, hash });
}

/** Inside a transaction: takes back the event `undoes` of this chamber. */
export async function undoWithin(
  client: Queryable,
  expert: string,
  draft: ChamberOfRun & {
    span?: LabelEvent['span'];
    undoes: string;
    idempotencyKey: string;
    hash: string;
  },
): Promise<LabelEvent> {
  const key = [draft.run, draft.wheel, draft.station, draft.sector];
  // Before the row below: an import takes the two in this order.
  await client.query('lock table label_event in row exclusive mode');
  // A label that is being written holds this lock until it is stored, so that the state below is never worked out without it.
  await client.query(
    'select from queue where run = $1 and wheel = $2 and station = $3 and sector = $4 for update',
    key,
  );
  const event = await appendEvent(client, {
    ...draft,
    kind: 'undo',
    expert,
    source: 'panel',
    verdicts: null,
  });
  await client.query(
    `update queue q set state = queue_state_of(q.run, q.wheel, q.station, q.sector)
     where q.run = $1 and q.wheel = $2 and q.station = $3 and q.sector = $4 and q.state in ('labelled', 'skipped')`,
    key,
  );
  return event;
}

async function findEvent(db: Queryable, id: string): Promise<LabelEvent> {
  const { rows } = await db.query<LabelEvent>(`select ${eventColumns} from label_event e where e.id = $1`, [
    id,
  ]);
  if (rows[0] === undefined) throw new LabelError('not-found', `there is no event ${id}`);
  return rows[0];
}

export interface SkipRequest extends ChamberOfRun {
  idempotencyKey: string;
  note?: string;
}

/** Nobody gets the chamber until the skip is taken back. A chamber with a label stays labelled. */
export function skipChamber(
  db: Queryable,
  expert: string,
  { idempotencyKey, ...asked }: SkipRequest,
  source: LabelEvent['source'] = 'panel',
): Promise<LabelEvent> {
  const hash = requestHash({ skip: asked });
  return appendEvent(db, { ...asked, idempotencyKey, kind: 'skip', expert, source, verdicts: null, hash });
}

/**
 * Takes back the skip in force, whoever made it, and lets the chamber wait again.
 *
 * @throws {LabelError} `not-found` when the chamber is not skipped.
 */
export function unskipChamber(
  db: Database,
  expert: string,
  { idempotencyKey, ...asked }: Omit<SkipRequest, 'note'>,
): Promise<LabelEvent> {
  const hash = requestHash({ unskip: asked });
  return transaction(db, async (client) => {
    const before = await findRepeated(client, expert, idempotencyKey, hash);
    if (before !== null) return before;
    const { rows } = await client.query<{ id: string }>(
      `select id::text from current_skip where run = $1 and wheel = $2 and station = $3 and sector = $4`,
      [asked.run, asked.wheel, asked.station, asked.sector],
    );
    const skip = rows[0];
    if (skip === undefined) throw new LabelError('not-found', 'the chamber is not skipped');
    return undoWithin(client, expert, { ...asked, undoes: skip.id, idempotencyKey, hash });
  }).catch((error: unknown) => answerRepeat(db, error, expert, idempotencyKey, hash));
}

/** Of two equal requests at once, the later one finds the skip gone: its answer is that of the earlier one. */
async function answerRepeat(
  db: Queryable,
  error: unknown,
  expert: string,
  idempotencyKey: string,
  hash: string,
): Promise<LabelEvent> {
  const lost = error instanceof LabelError && ['not-found', labelErrorIds.alreadyUndone].includes(error.id);
  const before = lost ? await findRepeated(db, expert, idempotencyKey, hash) : null;
  if (before !== null) return before;
  throw error;
}
