import { labelPreviewSchema, type LabelPreview } from '@dtdqm/contract';
import type { Queryable } from './database.ts';

export interface StoredPreview {
  /** Null before the first; one of another form, by another version, counts as none. */
  preview: LabelPreview | null;
  /** Why the last attempt failed; null when it did not. */
  problem: string | null;
  triedAt: Date;
}

/** Null before the first attempt. */
export async function storedPreview(db: Queryable): Promise<StoredPreview | null> {
  const { rows } = await db.query<Omit<StoredPreview, 'preview'> & { preview: unknown }>(
    'select preview, problem, tried_at as "triedAt" from label_preview',
  );
  const [row] = rows;
  return row === undefined
    ? null
    : { ...row, preview: labelPreviewSchema.safeParse(row.preview).data ?? null };
}

interface PreviewStanding {
  /** Since the last attempt, s, by the database's clock: it may have been another host's. */
  seconds: number;
  model: string | null;
  newestEvent: string | null;
}

/** What the stored preview rests on; null before the first attempt. */
export async function previewStanding(db: Queryable): Promise<PreviewStanding | null> {
  const { rows } = await db.query<PreviewStanding>(
    `select preview ->> 'model' as model, preview ->> 'newestEvent' as "newestEvent", extract(epoch from now() - tried_at)::float8 as seconds
     from label_preview`,
  );
  return rows[0] ?? null;
}

export async function savePreview(db: Queryable, preview: LabelPreview): Promise<void> {
  await db.query(
    `insert into label_preview (preview) values ($1)
     on conflict (only_row) do update set preview = excluded.preview, problem = null, tried_at = now()`,
    [JSON.stringify(preview)],
  );
}

/** What was worked out before stays. */
export async function saveFailedPreview(db: Queryable, problem: string): Promise<void> {
  await db.query(
    `insert into label_preview (problem) values ($1) on conflict (only_row) do update set problem = excluded.problem, tried_at = now()`,
    [problem],
  );
}

export interface LabelsSince {
  /** Labels and undos of whole runs after the event. */
  count: number;
  /** Id of the newest of all; `0` before the first. */
  newest: string;
  /** How long ago that came, s; null before the first. */
  seconds: number | null;
}

/** @param event id of an event of the journal of labels; all count where it is null. Skips and labels of spans teach nothing. */
export async function labelsSince(db: Queryable, event: string | null): Promise<LabelsSince> {
  const { rows } = await db.query<LabelsSince>(
    `select (select count(*)::integer from label_event where id > $1 and ${teaching}) as count,
            coalesce(max(id), 0)::text as newest, extract(epoch from now() - max(at))::double precision as seconds
     from (select id, at from label_event where ${teaching} order by id desc limit 1) newest`,
    [event ?? '0'],
  );
  return rows[0]!;
}

const teaching = `kind <> 'skip' and span_to is null`;

export interface RunToSee {
  run: number;
  /** When its hits came; another time, other hits. */
  fetched: string;
  /** Of the newest runs that are over and judged; the others are only wanted for their labels. */
  isRecent: boolean;
}

/** The newest runs that are over and judged, whose hits do not change any more, and those that are named, oldest first. */
export async function runsToSee(
  db: Queryable,
  recent: number,
  named: readonly number[],
): Promise<RunToSee[]> {
  const { rows } = await db.query<RunToSee>(
    `with recent as (
       select run from run
       where model is not null and life in ('final', 'incomplete') and status in ('FINISHED', 'PENDING_REEVALUATION', 'REEVALUATING')
       order by run desc limit $1
     )
     select run, coalesce(fetched_at::text, '') as fetched, run in (select run from recent) as "isRecent" from run
     where run in (select run from recent) or run = any($2) order by run`,
    [recent, named],
  );
  return rows;
}
