import { formatChamber, hotKinds, type ChamberId, type Matrix } from '@dtdqm/contract';
import { unflatten } from './chambers.ts';
import type { Queryable } from './database.ts';

/** A chamber as a run before counted it. */
interface PastMatrix {
  run: number;
  matrix: Matrix;
}

/**
 * How many finished runs back good ones are looked for. Near ones first and then ever further apart: what sinks slowly is
 * called good for a while, and a past of the newest runs alone would sink with it.
 */
const ages = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/** Of the good ones among those, the newest and so many of the oldest. */
const oldest = 3;

/** So many runs before are wanted: more say little more, and a run that had fewer is judged again when there are. */
const wantedRuns = 1 + oldest;

const isHot = hotKinds.map((kind) => `@.kind == "${kind}"`).join(' || ');

/** A jsonpath that finds faults of what counts so many times what is expected, or too much at all. */
export const hotFaults = (least = 0) => `$[*] ? (${least > 0 ? `(${isHot}) && @.ratio >= ${least}` : isHot})`;

/** Runs that have been judged; one that waits to be judged anew is a past until then. */
const judged = `status in ('FINISHED', 'PENDING_REEVALUATION', 'REEVALUATING')`;

/**
 * Runs before `$1` that it may be compared with: cosmic muons light a chamber differently from collisions, so those of its own dataset
 * alone; of a run that is not stored no dataset is known, and all are taken.
 */
const before = `run < $1 and ${judged} and dataset = coalesce((select dataset from run where run = $1), dataset)`;

/**
 * For every chamber, its matrices in runs of the same dataset before `run` in which all its layers were good, newest first. A matrix that was kept while
 * the source showed less may be of half the run, unless the run was seen whole: it is no past to judge by. Nor is one that counted too much
 * somewhere, though that makes no layer bad: what is healthy again would look weak beside it.
 *
 * @returns by {@link formatChamber}; chambers without a good run are not in the map.
 */
export async function goodHistory(db: Queryable, run: number): Promise<Map<string, PastMatrix[]>> {
  const { rows } = await db.query<PastRow>(
    `with recent as (
       select run, model, life, row_number() over (order by run desc) as age
       from run where ${before}
       order by run desc limit $2
     ), good as (
       select run, wheel, station, sector,
              row_number() over (partition by wheel, station, sector order by run desc) as from_newest,
              row_number() over (partition by wheel, station, sector order by run) as from_oldest
       from recent join chamber_score s using (run, model) join chamber c using (run, wheel, station, sector)
       where age = any($3) and (c.kept_since is null or life = 'final') and not s.verdicts && array['bad', 'unknown']::verdict[]
         and not s.faults @? '${hotFaults()}'
     )
     select run, wheel, station, sector, to_json(c.hits) as hits
     from good join chamber c using (run, wheel, station, sector)
     where from_newest = 1 or from_oldest <= $4
     order by run desc`,
    [run, Math.max(...ages), ages, oldest],
  );
  return byChamber(rows);
}

/** The same of runs that are named, whatever was said of them. */
export async function namedHistory(
  db: Queryable,
  runs: readonly number[],
): Promise<Map<string, PastMatrix[]>> {
  const { rows } = await db.query<PastRow>(
    `select run, wheel, station, sector, to_json(hits) as hits from chamber where run = any($1) and state = 'present' order by run desc`,
    [runs],
  );
  return byChamber(rows);
}

type PastRow = ChamberId & { run: number; hits: number[] };

function byChamber(rows: readonly PastRow[]): Map<string, PastMatrix[]> {
  const history = new Map<string, PastMatrix[]>();
  for (const { run, hits, ...chamber } of rows) {
    const key = formatChamber(chamber);
    history.set(key, [...(history.get(key) ?? []), { run, matrix: unflatten(hits) }]);
  }
  return history;
}

/** How many runs of its dataset before `run` there are to judge it by, no more than {@link wantedRuns}. Asked before they are read: one that comes between counts as late. */
export async function countPastRuns(db: Queryable, run: number): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::integer as count from (select from run where ${before} limit $2) as past`,
    [run, wantedRuns],
  );
  return rows[0]!.count;
}

/**
 * The next run to be judged again because it was judged before the runs before it came: at a first start, which fetches the newest run first, or
 * after a server was away. The oldest first, one at a time, and only once no older run waits for its first fetch: each is then judged by
 * verdicts that have their own past already, and once, however many runs arrive. What was judged by as many as are wanted stays.
 */
export async function nextJudgedEarly(db: Queryable): Promise<number | null> {
  const { rows } = await db.query<{ run: number }>(
    `select run from run r
     where past_runs < $1 and status = 'FINISHED'
       and past_runs < (select count(*) from (select from run b where b.run < r.run and b.dataset = r.dataset and b.${judged} limit $1) as before)
       and not exists (select from run o where o.run < r.run and o.past_runs < $1 and o.status in ('PENDING_REEVALUATION', 'REEVALUATING'))
       and not exists (select from job left join run o using (run) where job.kind = 'fetch' and job.run < r.run and o.model is null)
     order by run limit 1`,
    [wantedRuns],
  );
  return rows[0]?.run ?? null;
}
