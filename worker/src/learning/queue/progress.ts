import type { QueueProgress, StrategyName } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';

/** How far labelling has come, who did it, and what share of layers is bad by the random draws alone. */
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
    const [{ total, labelled, skipped, experts, audit }, session] = await Promise.all([
      kept.counts,
      sessionOf(database, expert),
    ]);
    const { labels = 0, skips = 0 } = experts.find(({ by }) => by === expert) ?? {};
    const waiting = Math.max(0, total - labelled - skipped - leased);
    return {
      ...{ total, labelled, skipped, leased, waiting, strategy, experts, audit },
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

type Counts = Pick<QueueProgress, 'total' | 'labelled' | 'skipped' | 'experts' | 'audit'>;

async function countAll(db: Queryable): Promise<Counts> {
  const [states, experts, audited] = await Promise.all([
    countStates(db),
    listExperts(db),
    auditedChambers(db),
  ]);
  return { ...states, experts, audit: clusteredShare(audited) };
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

/**
 * Judged and bad layers of the chambers that make up the random sample.
 *
 * Within a run, the chambers first in the fixed random order, up to the last that was drawn at random, are a fair
 * sample: those among them that a strategy brought up before count as well, or bad chambers would be missing. Where the
 * sample ends is decided by the random draws alone, never by what was found.
 */
async function auditedChambers(db: Queryable): Promise<Cluster[]> {
  const { rows } = await db.query<Cluster>(
    `with frontier as (
       select run, max(random_key) as last from queue where audit and state = 'labelled' group by run
     )
     select cardinality(array_positions(l.verdicts, 'good')) + cardinality(array_positions(l.verdicts, 'bad')) as layers,
            cardinality(array_positions(l.verdicts, 'bad')) as bad
     from frontier
     join queue q on q.run = frontier.run and q.random_key <= frontier.last and q.state = 'labelled'
     cross join lateral (
       select verdicts from current_label c
       where c.run = q.run and c.wheel = q.wheel and c.station = q.station and c.sector = q.sector
     ) l`,
  );
  return rows;
}

interface Cluster {
  layers: number;
  bad: number;
}

interface ClusteredShare {
  chambers: number;
  layers: number;
  badShare: number;
  low: number;
  high: number;
}

const z = 1.959964;

/**
 * Share of bad layers with its 95 % Wilson interval, widened by the design effect: layers of a chamber fail together,
 * so twelve of them tell less than twelve of twelve chambers (Korn and Graubard, Analysis of Health Surveys, 1999).
 * Null without a judged layer.
 */
export function clusteredShare(chambers: readonly Cluster[]): ClusteredShare | null {
  const judged = chambers.filter(({ layers }) => layers > 0);
  const layers = judged.reduce((sum, chamber) => sum + chamber.layers, 0);
  if (layers === 0) return null;
  const share = judged.reduce((sum, chamber) => sum + chamber.bad, 0) / layers;
  const effective = layers / designEffect(judged, layers, share);
  const centre = (share + z ** 2 / (2 * effective)) / (1 + z ** 2 / effective);
  const half =
    (z / (1 + z ** 2 / effective)) *
    Math.sqrt((share * (1 - share)) / effective + z ** 2 / (4 * effective ** 2));
  return {
    chambers: judged.length,
    layers,
    badShare: share,
    low: Math.max(0, Math.min(share, centre - half)),
    high: Math.min(1, Math.max(share, centre + half)),
  };
}

/** Variance of the share by whole chambers over that by independent layers; at least 1, at most the layers of a chamber. */
function designEffect(chambers: readonly Cluster[], layers: number, share: number): number {
  const perChamber = layers / chambers.length;
  const independent = (share * (1 - share)) / layers;
  if (independent === 0 || chambers.length < 2) return perChamber;
  const residuals = chambers.reduce((sum, { bad, layers: own }) => sum + (bad - share * own) ** 2, 0);
  const clustered = (residuals / layers ** 2) * (chambers.length / (chambers.length - 1));
  return Math.min(perChamber, Math.max(1, clustered / independent));
}
