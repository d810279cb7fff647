import type { Queryable } from '../../database.ts';
import { joinSaid, type Said } from './evaluation.ts';

export interface Page {
  limit: number;
  offset?: number;
}

interface ChamberKey {
  run: number;
  wheel: number;
  sector: number;
  station: number;
}

export interface UserScores extends ChamberKey, Said {}

/** Labels in force, latest first. */
export async function listUserScores(db: Queryable, { limit, offset = 0 }: Page): Promise<UserScores[]> {
  const { rows } = await db.query<UserScores>(
    `select l.run, l.wheel, l.sector, l.station, l.at, l.verdicts::text[],
            exists (select from current_skip s where s.run = l.run and s.wheel = l.wheel and s.station = l.station and s.sector = l.sector) as skipped
     from current_label l order by l.id desc limit $1 offset $2`,
    [limit, offset],
  );
  return rows;
}

export interface NetScores extends ChamberKey, Said {
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: number[];
  /** What the list is ordered by. */
  rating: number;
}

export interface NetScoresPage {
  /** Chambers on all pages together. */
  count: number;
  lines: NetScores[];
}

/**
 * Scores of the current models, least certain chamber first, as the original tool ordered them: rated by the least |0.5 - score|
 * over the layers.
 *
 * @param openOnly leaves out chambers that are labelled or skipped.
 */
export async function listNetScores(
  db: Queryable,
  { limit, offset = 0, openOnly = false }: Page & { openOnly?: boolean },
): Promise<NetScoresPage> {
  const chosen = openOnly ? `where state in ('waiting', 'leased')` : '';
  const [counted, listed] = await Promise.all([
    db.query<{ count: number }>(`select count(*)::integer as count from queue ${chosen}`),
    // The page is cut from the index before the scores are read.
    db.query<NetScores>(
      `select q.run, q.wheel, q.sector, q.station, s.scores, q.certainty as rating, said.*
       from (
         select * from queue ${chosen}
         order by certainty, run desc, wheel, station, sector limit $1 offset $2
       ) q
       join run r using (run)
       join chamber_score s
         on s.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector and s.model = r.model
       ${joinSaid('q')}
       order by q.certainty, q.run desc, q.wheel, q.station, q.sector`,
      [limit, offset],
    ),
  ]);
  return { count: counted.rows[0]?.count ?? 0, lines: listed.rows };
}
