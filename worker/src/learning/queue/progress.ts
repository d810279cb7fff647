import type { QueueProgress, StrategyName } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { readAudit } from './audit.ts';

/** How far labelling has come, who did it, what share of layers is bad by the random draws alone, and how often the model is wrong in them. */
export type ProgressReader = (strategy: StrategyName, expert: string) => Promise<QueueProgress>;

/**
 * What is the same for all who ask is counted over all labels and chambers (a quarter of a second with 4,000 runs), so it is kept: until
 * whoever asks has labelled since, a run came or went, or it is a second old and somebody else has labelled. Leases and the session are asked for each time.
 */
export function createProgressReader(database: Queryable): ProgressReader {
  let kept: (Pick<Marks, 'newest' | 'runs'> & { at: number; counts: Promise<Counts> }) | undefined;
  return async (strategy, expert) => {
    const { newest, own, runs, leased } = await readMarks(database, expert);
    const isKept =
      kept?.runs === runs &&
      (kept.newest === newest || (kept.newest >= own && performance.now() - kept.at < othersMs));
    if (kept === undefined || !isKept) {
      const counting = { newest, runs, at: performance.now(), counts: countAll(database) };
      kept = counting;
      counting.counts.catch(() => {
        if (kept === counting) kept = undefined;
      });
    }
    const [{ total, labelled, skipped, experts, audit, error }, session] = await Promise.all([
      kept.counts,
      sessionOf(database, expert),
    ]);
    const { labels = 0, skips = 0 } = experts.find(({ by }) => by === expert) ?? {};
    const waiting = Math.max(0, total - labelled - skipped - leased);
    return {
      ...{ total, labelled, skipped, leased, waiting, strategy, experts, audit, error },
      mine: { labels, skips, session },
    };
  };
}

/** So long what others did may be left out. */
const othersMs = 1000;

/** Newest event of labels, of all and of the expert, the state of the queued runs, and chambers that are leased now. */
interface Marks {
  newest: number;
  own: number;
  runs: string;
  leased: number;
}

async function readMarks(db: Queryable, expert: string): Promise<Marks> {
  const { rows } = await db.query<Marks>(
    `select (select coalesce(max(id), 0)::float8 from label_event) as newest,
            (select coalesce(max(id), 0)::float8 from label_event where expert = $1) as own,
            (select concat_ws(' ', count(*), max(queued_at), sum(run)) from queued_run) as runs,
            (select count(*)::integer from queue where state = 'leased' and lease_until >= now()) as leased`,
    [expert],
  );
  return rows[0]!;
}

type Counts = Pick<QueueProgress, 'total' | 'labelled' | 'skipped' | 'experts' | 'audit' | 'error'>;

async function countAll(db: Queryable): Promise<Counts> {
  const [states, experts, audit] = await Promise.all([countStates(db), listExperts(db), readAudit(db)]);
  return { ...states, experts, ...audit };
}

/**
 * What an expert has done since the last pause of half an hour or more, so that a reload and a second browser tell the same. The rate
 * is of the time between the first answer and the last, which is why one alone has none. Looks at the last thousand events.
 */
async function sessionOf(db: Queryable, expert: string): Promise<QueueProgress['mine']['session']> {
  const { rows } = await db.query<{ labels: number; skips: number; seconds: number }>(
    `with own as (
       select e.kind, e.at, e.undoes, e.id from label_event e
       where e.expert = $1 and e.source <> 'import' and e.span_to is null order by e.id desc limit 1000
     ), paused as (
       select *, coalesce(lead(at) over (order by at), now()) - at >= interval '30 minutes' as ends from own
     ), session as (
       select * from paused where at > coalesce((select max(at) from paused where ends), '-infinity')
     )
     select count(*) filter (where kind = 'label')::integer as labels,
            count(*) filter (where kind = 'skip')::integer as skips,
            coalesce(extract(epoch from max(at) - min(at)), 0)::real as seconds
     from session s
     where kind <> 'undo' and not exists (select from label_event u where u.undoes = s.id)`,
    [expert],
  );
  const { labels = 0, skips = 0, seconds = 0 } = rows[0] ?? {};
  const done = labels + skips;
  if (done === 0) return null;
  return { labels, skips, perHour: done > 1 && seconds > 0 ? ((done - 1) * 3600) / seconds : null };
}

/** How many chambers are open to labelling, and how many were answered. */
async function countStates(db: Queryable): Promise<Pick<QueueProgress, 'total' | 'labelled' | 'skipped'>> {
  const { rows } = await db.query<{ total: number; labelled: number; skipped: number }>(
    `select (select count(*)::integer from queue) as total,
            (select count(*)::integer from queue where state = 'labelled') as labelled,
            (select count(*)::integer from queue where state = 'skipped') as skipped`,
  );
  return rows[0]!;
}

/** What each expert did that was not taken back. */
async function listExperts(db: Queryable): Promise<QueueProgress['experts']> {
  const { rows } = await db.query<{
    by: string;
    labels: number;
    skips: number;
    medianSeconds: number | null;
    last_at: Date;
  }>(
    `select e.expert as by,
            count(*) filter (where kind = 'label')::integer as labels,
            count(*) filter (where kind = 'skip')::integer as skips,
            percentile_cont(0.5) within group (order by seconds) as "medianSeconds",
            max(at) as last_at
     from label_event e
     where kind <> 'undo' and span_to is null and not exists (select from label_event u where u.undoes = e.id)
     group by e.expert order by labels desc, e.expert`,
  );
  return rows.map(({ last_at, ...expert }) => ({ ...expert, lastAt: last_at.toISOString() }));
}
