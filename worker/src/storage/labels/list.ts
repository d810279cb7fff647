import {
  type ChamberId,
  type LabelEvent,
  type LabelListAnswer,
  type LabelListRequest,
  type LabelListUndo,
  type LabelVerdict,
  type Verdict,
  formatChamber,
  labelErrorIds,
} from '@dtdqm/contract';
import { type Database, type Queryable, transaction } from '../database.ts';
import { type EventDraft, LabelError, appendEvent, findRepeated, requestHash } from './journal.ts';
import { undoOwn } from './undo.ts';

/** A chamber as it stands when its list is answered. */
interface Standing extends ChamberId {
  model: string | null;
  scores: number[] | null;
  verdicts: (Verdict | null)[] | null;
  isLabelled: boolean;
}

/**
 * Gives many chambers of a run one answer, in one transaction: all that can be answered are, or none when anything fails.
 * Left as they are: chambers with a label in force, which somebody looked at by itself, and those without verdicts.
 *
 * @throws {LabelError} when another model has judged the run since the expert saw it, or the key was used for another list.
 */
export function labelList(
  db: Database,
  expert: string,
  { idempotencyKey, chambers, ...asked }: LabelListRequest,
): Promise<LabelListAnswer> {
  const { run, answer, model, note } = asked;
  return transaction(db, async (client) => {
    const standing = await standingOf(client, run, chambers);
    const events: LabelEvent[] = [];
    const leftOut: LabelListAnswer['leftOut'] = [];
    for (const chamber of standing) {
      const { wheel, station, sector } = chamber;
      const key = `${idempotencyKey} ${formatChamber(chamber)}`;
      const hash = requestHash({ list: asked, wheel, station, sector });
      const before = await findRepeated(client, expert, key, hash);
      if (before !== null) {
        events.push(before);
        continue;
      }
      const reason = reasonToLeave(chamber);
      if (reason !== null) {
        leftOut.push({ wheel, station, sector, reason });
        continue;
      }
      if (chamber.model !== model) {
        throw new LabelError(
          labelErrorIds.conflict,
          `${chamber.model} has judged run ${run} since, you saw what ${model} said: look again`,
        );
      }
      const event: EventDraft = {
        ...{ run, wheel, station, sector, expert, note, hash },
        kind: 'label',
        source: 'panel',
        verdicts: verdictsOf(chamber, answer),
        seen: { model, scores: chamber.scores },
        queueReason: `answered in a list of ${chambers.length} chambers`,
        idempotencyKey: key,
      };
      events.push(await appendEvent(client, event));
    }
    return { events, leftOut };
  });
}

/** The chambers by wheel, station and sector, their places in the queue locked in that order: two lists at once cannot deadlock. */
async function standingOf(
  client: Queryable,
  run: number,
  chambers: readonly ChamberId[],
): Promise<Standing[]> {
  // Before the rows below: an import takes the two in this order.
  await client.query('lock table label_event in row exclusive mode');
  const keys = [
    run,
    ...(['wheel', 'station', 'sector'] as const).map((name) => chambers.map((each) => each[name])),
  ];
  const asked = 'unnest($2::integer[], $3::integer[], $4::integer[]) as asked (wheel, station, sector)';
  await client.query(
    `select from queue join ${asked} using (wheel, station, sector) where run = $1 order by wheel, station, sector for update of queue`,
    keys,
  );
  const { rows } = await client.query<Standing>(
    `select asked.*, s.model, s.scores, s.verdicts::text[],
            exists (select from current_label l where (l.run, l.wheel, l.station, l.sector) = ($1, asked.wheel, asked.station, asked.sector)) as "isLabelled"
     from ${asked}
     left join run r on r.run = $1
     left join chamber_score s on (s.run, s.wheel, s.station, s.sector, s.model) = (r.run, asked.wheel, asked.station, asked.sector, r.model)
     order by wheel, station, sector`,
    keys,
  );
  return rows;
}

function reasonToLeave({ isLabelled, verdicts }: Standing): string | null {
  if (isLabelled) return 'is labelled already';
  if (!verdicts?.some((verdict) => verdict === 'good' || verdict === 'bad')) return 'has no verdict';
  return null;
}

/** Of layers that are unknown a list shows nothing, so nothing is said of them. */
function verdictsOf({ verdicts }: Standing, answer: LabelListRequest['answer']): (LabelVerdict | null)[] {
  return (verdicts ?? []).map((verdict) =>
    verdict === null || verdict === 'unknown' ? null : answer === 'good' ? 'good' : verdict,
  );
}

/**
 * Takes back many events at once, or none when one cannot be taken back.
 *
 * @throws {LabelError} as {@link undoOwn}.
 */
export function undoList(
  db: Database,
  expert: string,
  { events, idempotencyKey }: LabelListUndo,
  options: { everyones?: boolean } = {},
): Promise<LabelListAnswer> {
  return transaction(db, async (client) => {
    const undone: LabelEvent[] = [];
    for (const event of [...new Set(events)].sort((a, b) => Number(a) - Number(b))) {
      undone.push(
        await undoOwn(client, expert, { event, idempotencyKey: `${idempotencyKey} ${event}` }, options),
      );
    }
    return { events: undone, leftOut: [] };
  });
}
