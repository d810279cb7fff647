import type { ChamberOfRun, LabelEvent, LabelHistory } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { eventColumns, toEvent, undoneByColumn, type EventRow } from './eventRow.ts';

/** All that was said of one chamber of one run, oldest first, and the label in force. */
export async function labelHistory(db: Queryable, chamber: ChamberOfRun): Promise<LabelHistory> {
  const { rows } = await db.query<EventRow>(
    `select ${eventColumns}, ${undoneByColumn} from label_event e
     where e.run = $1 and e.wheel = $2 and e.station = $3 and e.sector = $4
     order by e.version`,
    [chamber.run, chamber.wheel, chamber.station, chamber.sector],
  );
  const events = rows.map(toEvent);
  const inForce = events.filter(({ kind, undoneBy }) => kind === 'label' && undoneBy === null);
  return { version: events.at(-1)?.version ?? 0, current: inForce.at(-1) ?? null, events };
}

/** Version of a chamber's labels (0: none) and the label in force. */
export async function currentLabel(
  db: Queryable,
  chamber: ChamberOfRun,
): Promise<{ version: number; label: LabelEvent | null }> {
  const { version, current } = await labelHistory(db, chamber);
  return { version, label: current };
}

export interface MineQuery {
  expert: string;
  /** 1..1000; 50 unless set. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string | null;
}

/** Events of one expert, newest first. */
export async function eventsOf(
  db: Queryable,
  { expert, limit = 50, cursor = null }: MineQuery,
): Promise<{ events: LabelEvent[]; nextCursor: string | null }> {
  const { rows } = await db.query<EventRow>(
    `select ${eventColumns}, ${undoneByColumn} from label_event e
     where e.expert = $1 and ($2::bigint is null or e.id < $2)
     order by e.id desc limit $3`,
    [expert, cursor, limit + 1],
  );
  const events = rows.slice(0, limit).map(toEvent);
  return { events, nextCursor: rows.length > limit ? (events.at(-1)?.id ?? null) : null };
}
