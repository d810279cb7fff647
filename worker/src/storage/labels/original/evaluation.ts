import type { ChamberOfRun, Evaluation, LabelVerdict } from '@dtdqm/contract';
import type { Queryable } from '../../database.ts';

/** Label and skip in force of one chamber, as columns have them. */
export interface Said {
  /** Layers 1..12, null where nothing is said; null without a label in force. */
  verdicts: (LabelVerdict | null)[] | null;
  /** When it was labelled. */
  at: Date | null;
  skipped: boolean;
}

/** Joins what is said of the chamber that `alias` holds the key of; columns `verdicts`, `at` and `skipped` of `said`. */
export const joinSaid = (alias: string) => `
  cross join lateral (
    select l.verdicts::text[], l.at, s.skipped
    from (select exists (select from current_skip where ${sameChamber(alias)}) as skipped) s
    left join (select verdicts, at from current_label where ${sameChamber(alias)}) l on true
  ) said`;

const sameChamber = (alias: string) =>
  ['run', 'wheel', 'station', 'sector'].map((column) => `${column} = ${alias}.${column}`).join(' and ');

/** As the original tool kept it; undefined when nobody has labelled or skipped the chamber. */
export function evaluationOf({ verdicts, at, skipped }: Said): Evaluation | undefined {
  if (verdicts === null || at === null) return skipped ? { skipped } : undefined;
  return { bad_layers: flagsOf(verdicts), eval_time: at.toUTCString(), skipped };
}

export function flagsOf(verdicts: readonly (LabelVerdict | null)[]): number[] {
  return verdicts.map((verdict) => (verdict === 'bad' ? 1 : 0));
}

/** What was said of one chamber, whether it is stored or not. */
export async function chamberEvaluation(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
): Promise<Evaluation | undefined> {
  const { rows } = await db.query<Said>(
    `select said.* from (select $1::integer as run, $2::smallint as wheel, $3::smallint as station, $4::smallint as sector) c
     ${joinSaid('c')}`,
    [run, wheel, station, sector],
  );
  return rows[0] && evaluationOf(rows[0]);
}
