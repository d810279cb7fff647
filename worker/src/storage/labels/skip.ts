import { labelErrorIds, type ChamberOfRun, type LabelEvent } from '@dtdqm/contract';
import { transaction, type Database, type Queryable } from '../database.ts';
import { appendEvent, findRepeated } from './append.ts';
import { LabelError } from './error.ts';
import { requestHash } from './requestHash.ts';
import { undoWithin } from './undo.ts';

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
