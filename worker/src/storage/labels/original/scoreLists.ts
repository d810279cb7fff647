import type { LabelVerdict } from '@dtdqm/contract';
import type { Queryable } from '../../database.ts';

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

export interface UserScores extends ChamberKey {
  by: string;
  at: Date;
  /** Layers 1..12, null where nothing is said. */
  verdicts: (LabelVerdict | null)[];
}

/** Labels in force, latest first. */
export async function listUserScores(db: Queryable, { limit, offset = 0 }: Page): Promise<UserScores[]> {
  const { rows } = await db.query<UserScores>(
    `select run, wheel, sector, station, expert as by, at, verdicts::text[]
     from current_label order by id desc limit $1 offset $2`,
    [limit, offset],
  );
  return rows;
}

export interface NetScores extends ChamberKey {
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: number[];
  /** Least |0.5 - score| over the layers. */
  certainty: number;
  model: string;
  labelled: boolean;
}

/** Scores of the current models, least certain chamber first, as the original tool ordered them. */
export async function listNetScores(
  db: Queryable,
  { limit, offset = 0, unlabelledOnly = false }: Page & { unlabelledOnly?: boolean },
): Promise<NetScores[]> {
  // The page is cut from the index before the scores are read.
  const { rows } = await db.query<NetScores>(
    `select q.run, q.wheel, q.sector, q.station, s.scores, q.certainty, s.model, q.state = 'labelled' as labelled
     from (
       select * from queue where state <> 'labelled' or not $3
       order by certainty, run desc, wheel, station, sector limit $1 offset $2
     ) q
     join run r using (run)
     join chamber_score s
       on s.run = q.run and s.wheel = q.wheel and s.station = q.station and s.sector = q.sector and s.model = r.model
     order by q.certainty, q.run desc, q.wheel, q.station, q.sector`,
    [limit, offset, unlabelledOnly],
  );
  return rows;
}
