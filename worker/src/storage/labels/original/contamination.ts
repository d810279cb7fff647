import type { Queryable } from '../../database.ts';
import type { NetScoresPage, NetScores, Page } from './scoreLists.ts';

/**
 * Labelled chambers, those first on which model and label differ most: what may have got among the labels, or into the model, that
 * does not belong there. Rated as the original tool did, by the greatest |score - label| over the layers, where a label is
 * 1 for bad and 0 for good; layers that the label calls neither count as agreed.
 */
export async function listContamination(db: Queryable, { limit, offset = 0 }: Page): Promise<NetScoresPage> {
  const { rows } = await db.query<NetScores & { count: number }>(
    `select l.run, l.wheel, l.sector, l.station, s.scores, l.verdicts::text[], l.at, false as skipped, rated.rating,
            count(*) over ()::integer as count
     from current_label l
     join run r using (run)
     join chamber_score s
       on s.run = l.run and s.wheel = l.wheel and s.station = l.station and s.sector = l.sector and s.model = r.model
     cross join lateral (
       select coalesce(max(case verdict when 'bad' then 1 - score when 'good' then score end), 0)::real as rating
       from unnest(s.scores, l.verdicts) as layer (score, verdict)
       where score >= 0
     ) rated
     order by rated.rating desc, l.run desc, l.wheel, l.station, l.sector
     limit $1 offset $2`,
    [limit, offset],
  );
  return { count: rows[0]?.count ?? 0, lines: rows };
}
