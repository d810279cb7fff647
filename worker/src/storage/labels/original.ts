import {
  type ChamberOfRun,
  type Evaluation,
  type LabelVerdict,
  layersOf,
  rowsPerChamber,
} from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { appendEvent, requestHash } from './journal.ts';
import { currentLabel } from './read.ts';

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

/**
 * The layers that a request of the original form calls bad: either twelve 0/1 flags, as its page sent them, or distinct
 * layer numbers, as its documentation says. Twelve ones are flags: as numbers they would not be distinct.
 *
 * @throws {RangeError} that says the rule when it is neither, or names a layer that the station lacks.
 */
export function badLayersOf(layers: readonly number[], station: ChamberOfRun['station']): number[] {
  const areFlags = layers.length === rowsPerChamber && layers.every((value) => value === 0 || value === 1);
  const bad = areFlags ? layers.flatMap((flag, row) => (flag === 1 ? [row + 1] : [])) : [...layers];
  const areNumbers = bad.every((layer) => Number.isInteger(layer) && layer >= 1 && layer <= rowsPerChamber);
  if (!areNumbers || new Set(bad).size !== bad.length) {
    throw new RangeError('must be twelve flags 0 or 1, or distinct layer numbers from 1 to 12');
  }
  const missing = bad.find((layer) => !layersOf(station).includes(layer));
  if (missing !== undefined) throw new RangeError(`station ${station} has no layer ${missing}`);
  return bad;
}

/**
 * Labels a whole chamber as the original tool did: the layers named are bad, all others good.
 *
 * @returns as the original's database did: whether the chamber is stored, and whether its label changed (1 or 0 each).
 */
export async function saveUserScores(
  db: Queryable,
  expert: string,
  { run, wheel, station, sector }: ChamberOfRun,
  badLayers: readonly number[],
): Promise<{ matched: number; updated: number }> {
  const { rowCount } = await db.query(
    `select from chamber where run = $1 and wheel = $2 and station = $3 and sector = $4 and state = 'present'`,
    [run, wheel, station, sector],
  );
  if (rowCount === 0) return { matched: 0, updated: 0 };
  const chamber = { run, wheel, station, sector };
  const existing = layersOf(station);
  const verdicts = Array.from({ length: rowsPerChamber }, (_, row): LabelVerdict | null =>
    existing.includes(row + 1) ? (badLayers.includes(row + 1) ? 'bad' : 'good') : null,
  );
  const { version, label } = await currentLabel(db, chamber);
  if (label?.by === expert && JSON.stringify(label.verdicts) === JSON.stringify(verdicts)) {
    return { matched: 1, updated: 0 };
  }
  // The original has no idempotency keys. What is said, upon which version, tells repeats from new answers as well.
  const hash = requestHash({ ...chamber, verdicts });
  const idempotencyKey = `original:${version}:${hash}`;
  await appendEvent(db, {
    ...chamber,
    kind: 'label',
    expert,
    source: 'original',
    verdicts,
    idempotencyKey,
    hash,
  });
  return { matched: 1, updated: 1 };
}
