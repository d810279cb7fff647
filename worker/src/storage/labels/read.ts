import type {
  ChamberId,
  ChamberOfRun,
  LabelEvent,
  LabelHistory,
  LabelMark,
  LabelVerdict,
  Matrix,
  Opinion,
  RunSpan,
  SpanLabel,
} from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { unflatten } from '../chambers.ts';

const contents = `
  e.id::text, e.kind::text, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, e.expert as by,
  e.run, e.wheel, e.station, e.sector, e.version,
  case when e.span_to is not null then json_build_object('from', moment_of(e.span_from, e.span_from_lumisection),
                                                         'to', moment_of(e.span_to, e.span_to_lumisection)) end as span,
  to_json(e.verdicts) as verdicts, e.marks, e.note, e.blind,
  (select to_json(sight) from (select e.model, e.scores, e.seen_hits as hits) as sight) as seen,
  e.queue_reason as "queueReason", e.seconds, e.source::text, e.undoes::text`;

/** Columns of label_event, aliased `e`, that make it a {@link LabelEvent} as it was written, before anybody took it back. */
export const eventColumns = `${contents}, null as "undoneBy"`;

/** The same with what has taken it back since. */
const eventColumnsNow = `${contents}, (select u.id::text from label_event u where u.undoes = e.id) as "undoneBy"`;

/** All events, the oldest first, each a line of JSON with what makes it whole. */
export const eventLines = `
  select row_to_json(event)::text as line
  from (select ${contents}, u.id::text as "undoneBy", e.idempotency_key as "idempotencyKey", e.request_hash as "requestHash"
        from label_event e left join label_event u on u.undoes = e.id order by e.id) as event`;

/** `e` speaks of the span that the two parameters name, or of the whole run where they are null. */
export function sameSpan(from: string, to: string): string {
  return `e.span_from is not distinct from ${from}::timestamptz and e.span_to is not distinct from ${to}::timestamptz`;
}

/** All that was said of one chamber in a whole run, or in a span of one, oldest first, and the label in force. */
export async function labelHistory(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
  span: RunSpan | null = null,
): Promise<Omit<LabelHistory, 'mine' | 'spans'>> {
  const { rows } = await db.query<LabelEvent>(
    `select ${eventColumnsNow} from label_event e
     where e.run = $1 and e.wheel = $2 and e.station = $3 and e.sector = $4 and ${sameSpan('$5', '$6')}
     order by e.version`,
    [run, wheel, station, sector, span?.from?.at, span?.to.at],
  );
  const inForce = rows.filter(({ kind, undoneBy }) => kind === 'label' && undoneBy === null);
  return { version: rows.at(-1)?.version ?? 0, current: inForce.at(-1) ?? null, events: rows };
}

/** Version of a chamber's labels of whole runs, or of a span (0: none), and the label in force. */
export async function currentLabel(
  db: Queryable,
  chamber: ChamberOfRun,
  span: RunSpan | null = null,
): Promise<{ version: number; label: LabelEvent | null }> {
  const { version, current } = await labelHistory(db, chamber, span);
  return { version, label: current };
}

/** Labels in force of the spans of a run that were labelled, of one chamber, the earliest span first. */
export async function spanLabels(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
): Promise<Omit<SpanLabel, 'mine'>[]> {
  const { rows } = await db.query<LabelEvent & { span: RunSpan }>(
    `select ${eventColumns} from current_span_label e
     where e.run = $1 and e.wheel = $2 and e.station = $3 and e.sector = $4
     order by e.span_from nulls first, e.span_to`,
    [run, wheel, station, sector],
  );
  return rows;
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
  const { rows } = await db.query<LabelEvent>(
    `select ${eventColumnsNow} from label_event e
     where e.expert = $1 and ($2::bigint is null or e.id < $2)
     order by e.id desc limit $3`,
    [expert, cursor, limit + 1],
  );
  const events = rows.slice(0, limit);
  return { events, nextCursor: rows.length > limit ? (events.at(-1)?.id ?? null) : null };
}

export interface LabelledChamber {
  run: number;
  chamber: ChamberId;
  /** Who gave the label in force. */
  expert: string;
  matrix: Matrix;
  /** Layers 1..12 by the label in force. */
  verdicts: (LabelVerdict | null)[];
  marks: LabelMark[];
  /** Whether that was said of each layer at least twice: by a second expert, or again by the same one. */
  confirmed: boolean[];
}

/**
 * Chambers with a label in force whose matrix is stored, by run. Without those drawn at random, which judge the model in use: what had
 * learned from them would look better there than it is.
 *
 * @param limit the newest labels count.
 */
export async function labelledChambers(db: Queryable, limit: number): Promise<LabelledChamber[]> {
  const { rows } = await db.query<{
    run: number;
    wheel: ChamberId['wheel'];
    station: ChamberId['station'];
    sector: number;
    expert: string;
    hits: number[];
    verdicts: LabelledChamber['verdicts'];
    marks: LabelMark[];
    said: LabelledChamber['verdicts'][];
  }>(
    `select c.run, c.wheel, c.station, c.sector, l.expert, to_json(c.hits) as hits, l.verdicts::text[], l.marks,
            (select json_agg(e.verdicts) from label_event e
             where e.run = c.run and e.wheel = c.wheel and e.station = c.station and e.sector = c.sector and e.kind = 'label'
               and e.span_to is null and not exists (select from label_event u where u.undoes = e.id)) as said
     from (
       select * from whole_label e
       where not exists (select from queue q where q.run = e.run and q.wheel = e.wheel and q.station = e.station and q.sector = e.sector and q.audit)
       order by id desc limit $1
     ) l
     join chamber c using (run, wheel, station, sector)
     where c.state = 'present'
     order by c.run, c.wheel, c.station, c.sector`,
    [limit],
  );
  return rows.map(({ run, wheel, station, sector, expert, hits, verdicts, marks, said }) => ({
    run,
    chamber: { wheel, station, sector },
    expert,
    matrix: unflatten(hits),
    verdicts,
    marks,
    confirmed: verdicts.map((verdict, row) => said.filter((each) => each[row] === verdict).length > 1),
  }));
}

/** Number of the newest event of labels; 0 before the first. While it stays, so does all that labels say. */
export async function newestLabelEvent(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ newest: number }>(
    'select coalesce(max(id), 0)::float8 as newest from label_event',
  );
  return rows[0]!.newest;
}

/** The bootstrap over these takes less than 0.1 s; older disagreements say little of today's experts. */
const mostChambers = 2000;

/** Labels in force of chambers that at least two experts judged, the latest such chambers. */
export async function sharedOpinions(db: Queryable, chambers = mostChambers): Promise<Opinion[]> {
  // Without the "offset 0" the opinions of all chambers would be worked out and nearly all of them thrown away.
  const { rows } = await db.query<Opinion>(
    `with shared as (
       select run, wheel, station, sector from label_event where kind = 'label' and span_to is null
       group by run, wheel, station, sector
       having min(expert) <> max(expert)
       order by max(id) desc limit $1
     )
     select o.expert as by, concat_ws('/', o.run, o.wheel, o.station, o.sector) as chamber, to_json(o.verdicts) as verdicts
     from shared
     join lateral (
       select * from opinion p
       where p.run = shared.run and p.wheel = shared.wheel and p.station = shared.station and p.sector = shared.sector
       offset 0
     ) o on true`,
    [chambers],
  );
  return rows;
}
