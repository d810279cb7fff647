import type { ChamberId, LabelMark, LabelVerdict, Matrix } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { unflatten } from '../encoding.ts';

export interface LabelledChamber {
  run: number;
  chamber: ChamberId;
  matrix: Matrix;
  /** Layers 1..12 by the label in force. */
  verdicts: (LabelVerdict | null)[];
  marks: LabelMark[];
}

/** Some of the runs by their number: those that leave `remainder` when divided by `every`, or all others. */
export interface Share {
  every: number;
  remainder: number;
  others: boolean;
}

/**
 * Chambers with a label in force whose matrix is stored, by run.
 *
 * @param limit the newest labels count.
 */
export async function labelledChambers(
  db: Queryable,
  { every, remainder, others }: Share,
  limit: number,
): Promise<LabelledChamber[]> {
  const { rows } = await db.query<{
    run: number;
    wheel: ChamberId['wheel'];
    station: ChamberId['station'];
    sector: number;
    hits: number[];
    verdicts: LabelledChamber['verdicts'];
    marks: LabelMark[];
  }>(
    `select c.run, c.wheel, c.station, c.sector, to_json(c.hits) as hits, l.verdicts::text[], l.marks
     from (select * from current_label where (run % $2 = $3) <> $4 order by id desc limit $1) l
     join chamber c using (run, wheel, station, sector)
     where c.state = 'present'
     order by c.run, c.wheel, c.station, c.sector`,
    [limit, every, remainder, others],
  );
  return rows.map(({ run, wheel, station, sector, hits, verdicts, marks }) => ({
    run,
    chamber: { wheel, station, sector },
    matrix: unflatten(hits),
    verdicts,
    marks,
  }));
}
