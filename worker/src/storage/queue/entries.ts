import {
  livesInProgress,
  noScore,
  type ChamberOfRun,
  type Fault,
  type Verdict,
  type Matrix,
  type Station,
  type Wheel,
} from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { arrayLiteral, unflatten } from '../chambers.ts';

/** A scored chamber of a run, before it has its place in the queue. */
export interface ScoredChamber {
  run: number;
  wheel: Wheel;
  station: Station;
  sector: number;
  matrix: Matrix;
  /** P(bad) of layers 1..12, -1 where there is no such layer, or nothing is known of it. */
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
  /** Of its row in the queue, drawn anew when it has none yet. */
  randomKey: number;
}

/** As if a layer that the model cannot judge had no score: nobody is asked about it, as a score of few hits is nothing to be in doubt of. */
export function withJudgedScores<Row extends Pick<ScoredChamber, 'scores' | 'verdicts'>>(row: Row): Row {
  return {
    ...row,
    scores: row.scores.map((score, index) => (row.verdicts[index] === 'unknown' ? noScore : score)),
  };
}

/** Chambers of a run that its current model has scored. */
export async function scoredChambers(db: Queryable, run: number): Promise<ScoredChamber[]> {
  const { rows } = await db.query<Omit<ScoredChamber, 'matrix'> & { hits: number[] }>(
    `select c.run, c.wheel, c.station, c.sector, c.hits, s.scores, s.verdicts::text[], s.faults,
            coalesce(q.random_key, random()::real) as "randomKey"
     from run r
     join chamber c using (run)
     join chamber_score s using (run, wheel, station, sector)
     left join queue q using (run, wheel, station, sector)
     where r.run = $1 and s.model = r.model and c.state = 'present'`,
    [run],
  );
  return rows.map(({ hits, ...row }) => ({ ...withJudgedScores(row), matrix: unflatten(hits) }));
}

/** A chamber with its place in the order, as it goes into the queue. */
export interface QueueEntry extends ChamberOfRun {
  /** Least |0.5 - score| over the layers. */
  certainty: number;
  /** Equal for chambers that look bad in the same way. */
  duplicateKey: string;
  /** Layer 1..12 to ask about; features are its. */
  focus: number;
  /** Greatest P(bad) of its layers. */
  score: number;
  features: readonly number[];
  randomKey: number;
  /** Before the discount for duplicates. */
  priority: number;
}

/**
 * Puts chambers into the queue, in one statement. A chamber that is there keeps its lease, random key and state (but for one whose label
 * saw few of its hits: it waits again), and its count of duplicates while it still looks the same. A new one that was labelled or
 * skipped before its run was deleted and fetched again counts as labelled or skipped.
 *
 * @param duplicateWeight by how much each duplicate that came before lowers the priority: divided by 1 + weight * duplicates.
 */
export async function putInQueue(
  db: Queryable,
  entries: readonly QueueEntry[],
  duplicateWeight: number,
): Promise<void> {
  await db.query(
    `insert into queue (run, wheel, station, sector, state, certainty, twin, twin_rank, focus, score, features, random_key, priority)
     select e.run, e.wheel, e.station, e.sector,
            queue_state_of(e.run, e.wheel, e.station, e.sector),
            e.certainty, e.twin, d.before, e.focus, e.score, e.features::real[], e.random_key, e.priority / (1 + $12::real * d.before)
     from unnest($1::integer[], $2::smallint[], $3::smallint[], $4::smallint[], $5::real[], $6::text[], $7::smallint[], $8::real[],
                 $9::text[], $10::real[], $11::real[])
       as e (run, wheel, station, sector, certainty, twin, focus, score, features, random_key, priority)
     cross join lateral (
       select coalesce(
         (select twin_rank from queue k where k.run = e.run and k.wheel = e.wheel and k.station = e.station and k.sector = e.sector and k.twin = e.twin),
         (select max(twin_rank) + 1 from queue k where k.twin = e.twin),
         0) as before
     ) d
     on conflict (run, wheel, station, sector) do update set
       state = case queue.state when 'labelled' then excluded.state else queue.state end,
       certainty = excluded.certainty, twin = excluded.twin, twin_rank = excluded.twin_rank, focus = excluded.focus,
       score = excluded.score, features = excluded.features, priority = excluded.priority`,
    [
      entries.map(({ run }) => run),
      entries.map(({ wheel }) => wheel),
      entries.map(({ station }) => station),
      entries.map(({ sector }) => sector),
      entries.map(({ certainty }) => certainty),
      entries.map(({ duplicateKey }) => duplicateKey),
      entries.map(({ focus }) => focus),
      entries.map(({ score }) => score),
      entries.map(({ features }) => arrayLiteral(features)),
      entries.map(({ randomKey }) => randomKey),
      entries.map(({ priority }) => priority),
      duplicateWeight,
    ],
  );
}

/** Takes chambers of a run out of the queue that have no scores any more, and those that wait and are not among these. */
export async function removeOthers(
  db: Queryable,
  run: number,
  asked: readonly Pick<QueueEntry, 'wheel' | 'station' | 'sector'>[],
): Promise<void> {
  await db.query(
    `delete from queue q where q.run = $1 and (
       not exists (
         select from run r join chamber_score s on s.run = r.run and s.model = r.model
         where r.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector)
       or q.state = 'waiting' and (q.wheel, q.station, q.sector) not in (
         select * from unnest($2::smallint[], $3::smallint[], $4::smallint[])))`,
    [
      run,
      asked.map(({ wheel }) => wheel),
      asked.map(({ station }) => station),
      asked.map(({ sector }) => sector),
    ],
  );
}

/** Runs whose scores have changed since the queue took them in, or which are over since, newest first. */
export async function staleRuns(db: Queryable, limit: number): Promise<number[]> {
  const { rows } = await db.query<{ run: number }>(
    `select r.run from run r
     left join queued_run q using (run)
     where r.model is not null and r.chambers > 0
       and (q.model, q.fetched_at, q.in_progress) is distinct from (r.model, r.fetched_at, r.life::text = any($2))
     order by r.run desc limit $1`,
    [limit, livesInProgress],
  );
  return rows.map(({ run }) => run);
}

interface ScoresSeen {
  model: string;
  fetched_at: string | null;
  in_progress: boolean;
}

/** Which scores a run has now; null when it has none. */
export async function scoresOfRun(db: Queryable, run: number): Promise<ScoresSeen | null> {
  const { rows } = await db.query<ScoresSeen>(
    // As text: a JavaScript date would cut the microseconds off and never be equal.
    'select model, fetched_at::text, life::text = any($2) as in_progress from run where run = $1 and model is not null',
    [run, livesInProgress],
  );
  return rows[0] ?? null;
}

/** Remembers that the queue has taken these scores in. */
export async function markQueued(
  db: Queryable,
  run: number,
  { model, fetched_at, in_progress }: ScoresSeen,
): Promise<void> {
  await db.query(
    `insert into queued_run (run, model, fetched_at, in_progress) select $1, $2, $3, $4 where exists (select from run where run = $1)
     on conflict (run) do update set model = excluded.model, fetched_at = excluded.fetched_at, in_progress = excluded.in_progress, queued_at = now()`,
    [run, model, fetched_at, in_progress],
  );
}
