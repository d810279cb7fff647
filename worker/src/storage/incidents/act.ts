import { formatChamber, type ChamberId, type IncidentAct, type Span } from '@dtdqm/contract';
import { applyAct } from '../../incidents/act.ts';
import { ActError, type Anchor, type RecordedAct } from '../../incidents/recordedAct.ts';
import { transaction, type Database, type Queryable } from '../database.ts';
import { requestHash } from '../labels/requestHash.ts';
import { actByKey, appendAct } from './acts.ts';
import { checkpointBefore, saveCheckpoints } from './checkpoints.ts';
import { IncidentError } from './error.ts';
import { lockLedger } from './lock.ts';
import { nextNumber, rememberNextNumber } from './numbers.ts';
import { saveEffects, saveIncidents } from './write.ts';

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
    if (act.action === 'shelve' && Date.parse(act.until) <= Date.now())
      throw new IncidentError('not-possible', 'until: must be in the future');
    const anchor = await anchorOf(db, incident);
    const otherAnchor = await otherAnchorOf(db, incident, act);
    const checkpoint = await checkpointBefore(db, null);
    const { rows } = await db.query<{ at: Date }>('select now() as at');
    const recorded: RecordedAct = {
      actor,
      incident,
      run: checkpoint.run,
      at: (rows[0]?.at ?? new Date()).toISOString(),
      act,
      anchor,
      ...(otherAnchor === undefined ? {} : { otherAnchor }),
    };
    await appendAct(db, { ...recorded, comment, idempotencyKey, hash });
    let next = await nextNumber(db);
    const { ledger, effects } = apply(() => applyAct(checkpoint.ledger, recorded, () => next++));
    await rememberNextNumber(db, next);
    await saveIncidents(db, [...effects.finished, ...ledger.tracks]);
    await saveEffects(db, effects);
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
  const { rows } = await db.query<ChamberId & { spans: Span[]; firstRun: number; mergedInto: number | null }>(
    `select wheel, station, sector, spans, first_run as "firstRun", merged_into as "mergedInto" from incident where id = $1`,
    [incident],
  );
  const [row] = rows;
  if (row === undefined) throw new IncidentError('not-found', `there is no incident ${incident}`);
  if (row.mergedInto !== null)
    throw new IncidentError(
      'merged',
      `incident ${incident} is part of incident ${row.mergedInto} now: act on that`,
    );
  const { wheel, station, sector, spans, firstRun } = row;
  return { chamber: formatChamber({ wheel, station, sector }), spans, firstRun };
}
