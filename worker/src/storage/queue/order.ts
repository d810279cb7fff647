import type { ChamberOfRun, Fault, Verdict } from '@dtdqm/contract';
import { transaction, type Database, type Queryable } from '../database.ts';
import { withJudgedScores } from './entries.ts';

/** A chamber of the queue with what strategies look at. */
interface QueuedRow extends ChamberOfRun {
  focus: number;
  features: number[];
  /** P(bad) of layers 1..12 by the run's current model, -1 where there is no such layer, or nothing is known of it. */
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
  randomKey: number;
  /** Chambers that came before and look bad in the same way. */
  duplicates: number;
  isLeased: boolean;
}

const columns = `q.run, q.wheel, q.station, q.sector, q.focus, q.features, s.scores, s.verdicts::text[], s.faults, q.random_key as "randomKey", q.twin_rank as duplicates, q.state = 'leased' as "isLeased"`;
const joined = `queue q
     join run r using (run)
     join chamber_score s
       on s.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector and s.model = r.model`;

/**
 * Orders whose first are worth a look by any strategy, each read from an index: what the strategy in use would ask about, what the
 * model is unsure of, what it calls bad, and some drawn at random.
 */
const heads = [
  'priority desc, random_key',
  '((0.5 - certainty) / (1 + twin_rank)) desc, random_key',
  '(score / (1 + twin_rank)) desc, random_key',
  'random_key',
];

/**
 * Chambers that could come next soon: the first by each of a few orders of those that wait, and all that are leased, as experts
 * give chambers back.
 *
 * @param each how many by each.
 * @param run all of this run, instead.
 */
export async function shortlist(db: Queryable, each: number, run?: number): Promise<QueuedRow[]> {
  const chosen =
    run === undefined
      ? heads
          .map(
            (order) =>
              `(select run, wheel, station, sector from queue where state = 'waiting' order by ${order} limit $1)`,
          )
          .concat(`(select run, wheel, station, sector from queue where state = 'leased' limit 1000)`)
          .join(' union ')
      : `select run, wheel, station, sector from queue where state in ('waiting', 'leased') and run = $1`;
  const { rows } = await db.query<QueuedRow>(
    `with head as (${chosen})
     select ${columns} from head join ${joined.replace('queue q', 'queue q using (run, wheel, station, sector)')}
     where cardinality(q.features) > 0`,
    [run ?? each],
  );
  return rows.map(withJudgedScores);
}

/** Changes priorities of chambers; states stay as they are. */
export async function setPriorities(
  db: Queryable,
  chambers: readonly ChamberOfRun[],
  priorities: readonly number[],
): Promise<void> {
  await db.query(
    `update queue q set priority = p.priority
     from unnest($1::integer[], $2::smallint[], $3::smallint[], $4::smallint[], $5::real[])
       as p (run, wheel, station, sector, priority)
     where q.run = p.run and q.wheel = p.wheel and q.station = p.station and q.sector = p.sector`,
    [
      chambers.map(({ run }) => run),
      chambers.map(({ wheel }) => wheel),
      chambers.map(({ station }) => station),
      chambers.map(({ sector }) => sector),
      priorities,
    ],
  );
}

interface StoredOrder {
  /** Whose priorities the queue keeps; may be a name that this version does not know. */
  strategy: string;
  /** Runs below this one have priorities by another strategy still; null when none has. */
  staleBelow: number | null;
}

const order = 'select strategy, stale_below as "staleBelow" from queue_order';

export async function storedOrder(db: Queryable): Promise<StoredOrder> {
  const { rows } = await db.query<StoredOrder>(order);
  return rows[0] as StoredOrder;
}

/** As `storedOrder`; nobody changes it until the transaction is over. */
export async function lockedOrder(client: Queryable): Promise<StoredOrder> {
  const { rows } = await client.query<StoredOrder>(`${order} for share`);
  return rows[0] as StoredOrder;
}

/** Has the queue keep the priorities of this strategy from now on. @returns whether it kept those of another before. */
export async function changeOrder(database: Database, strategy: string): Promise<boolean> {
  return transaction(database, async (client) => {
    // First, so that the next statement sees the runs that were being taken in.
    await client.query('select from queue_order for update');
    const { rowCount } = await client.query(
      `update queue_order set strategy = $1, stale_below = (select max(run) + 1 from queue) where strategy <> $1`,
      [strategy],
    );
    return rowCount === 1;
  });
}

/**
 * The newest run whose priorities are by another strategy, with its chambers whatever their state; its turn is over when the
 * transaction is. Null when there is none.
 */
export async function takeStaleOrder(
  client: Queryable,
): Promise<{ strategy: string; chambers: QueuedRow[] } | null> {
  const { rows } = await client.query<StoredOrder>(`${order} for update`);
  const { strategy, staleBelow } = rows[0] as StoredOrder;
  if (staleBelow === null) return null;
  const taken = await client.query<{ run: number | null }>(
    `update queue_order set stale_below = (select max(run) from queue where run < $1) returning stale_below as run`,
    [staleBelow],
  );
  const run = taken.rows[0]?.run ?? null;
  if (run === null) return null;
  const chambers = await client.query<QueuedRow>(
    `select ${columns} from ${joined} where q.run = $1 and cardinality(q.features) > 0`,
    [run],
  );
  return { strategy, chambers: chambers.rows.map(withJudgedScores) };
}

/** Features of the worst-looking layers of chambers drawn at random, of those that wait. */
export async function backgroundFeatures(
  db: Queryable,
  count: number,
  from = Math.random(),
): Promise<number[][]> {
  // Two index ranges, from a random place on and from the start, instead of sorting the table.
  const { rows } = await db.query<{ features: number[] }>(
    `(select features from queue where state = 'waiting' and random_key >= $1 order by random_key limit $2)
     union all
     (select features from queue where state = 'waiting' and random_key < $1 order by random_key limit $2)
     limit $2`,
    [from, count],
  );
  return rows.map(({ features }) => features).filter(({ length }) => length > 0);
}

interface LabelledFeatures {
  features: number[];
  bad: boolean;
}

/** Features of the layers whose label in force is good or bad, by the latest `count` labels, oldest first. One of few hits of its chamber spared no question, and says nothing here. */
export async function labelledFeatures(db: Queryable, count: number): Promise<LabelledFeatures[]> {
  const { rows } = await db.query<LabelledFeatures>(
    `select features, bad from (
       select distinct on (q.run, q.wheel, q.station, q.sector) e.id, q.features, e.verdicts[q.focus] = 'bad' as bad
       from (
         select * from label_event e
         where kind = 'label' and span_to is null and not exists (select from label_event u where u.undoes = e.id)
         order by id desc limit $1
       ) e
       join queue q using (run, wheel, station, sector)
       where q.state = 'labelled' and e.verdicts[q.focus] in ('good', 'bad') and cardinality(q.features) > 0
       order by q.run, q.wheel, q.station, q.sector, e.version desc
     ) as latest
     order by id`,
    [count],
  );
  return rows;
}
