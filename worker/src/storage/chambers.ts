import {
  type ChamberData,
  type ChamberId,
  type ChamberState,
  type Fault,
  type Matrix,
  type Verdict,
  noWire,
  rowsPerChamber,
} from '@dtdqm/contract';
import type { HadChamber } from '../pipeline/look.ts';
import type { Queryable } from './database.ts';

/** Greatest value of a 16-bit integer: attributions are stored as fractions of the greatest of the chamber. */
const full = 32_767;

export interface QuantisedSaliency {
  /** Greatest absolute attribution of the chamber. */
  scale: number;
  /** As the flattened matrix, -32767..32767; 0 where there is no wire. Empty where there is no attribution anywhere, as in 49 of 50 chambers. */
  values: number[];
}

/**
 * Cells as stored, rows one after the other, as 12 rows of equal width. Read such arrays with `to_json`: JSON.parse takes a third
 * of the time that pg's array parser does, on the thread that also serves requests.
 */
export function unflatten(cells: readonly number[]): number[][] {
  const width = cells.length / rowsPerChamber;
  return Array.from({ length: rowsPerChamber }, (_, row) => cells.slice(row * width, (row + 1) * width));
}

/** Cells of a matrix as they are stored; by a loop, which takes a thirtieth of the time of `flat()` (5 instead of 150 microseconds). */
export function flatten(rows: readonly (readonly number[])[]): number[] {
  const cells: number[] = [];
  for (const row of rows) for (const cell of row) cells.push(cell);
  return cells;
}

/** Sixteen bits keep an attribution to 1/65,000 of the chamber's range, far below what any display shows. */
export function quantise(saliency: readonly (readonly number[])[], matrix: Matrix): QuantisedSaliency {
  const cells = flatten(matrix);
  const attributions = flatten(saliency).map((value, index) => (cells[index] === noWire ? 0 : value));
  // Rounded to what the column holds, so that storing and reading use the same scale.
  const scale = Math.fround(attributions.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0));
  return { scale, values: scale === 0 ? [] : attributions.map((value) => quantum(value / scale)) };
}

function quantum(fraction: number): number {
  return Math.max(-full, Math.min(full, Math.round(fraction * full)));
}

/** Attributions per wire; -1 where the matrix has no wire. Without values they are 0. */
export function dequantise({ scale, values }: QuantisedSaliency, matrix: Matrix): number[][] {
  if (values.length === 0) return matrix.map((row) => row.map((hits) => (hits === noWire ? noWire : 0)));
  return unflatten(values).map((row, y) =>
    row.map((value, x) => (matrix[y]?.[x] === noWire ? noWire : (value * scale) / full)),
  );
}

/** Text of a PostgreSQL array; `null` elements become NULL. Elements must need no quoting: numbers, plain words. */
export function arrayLiteral(values: readonly (number | string | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}

export interface ChamberOutcome extends ChamberId {
  state: ChamberState;
  /** Why there is no matrix; null when there is one. */
  reason: string | null;
}

/**
 * One chamber of one run with the scores of the run's current model; without `evaluation`, which labels own.
 *
 * @returns null when the run is not stored, or has no matrix for the chamber, or no model has scored it yet.
 */
export async function getChamberData(
  db: Queryable,
  run: number,
  chamber: ChamberId,
): Promise<ChamberData | null> {
  const { wheel, station, sector } = chamber;
  const { rows } = await db.query<ScoredChamber>(
    `select to_json(c.hits) as hits, s.scores, s.verdicts::text[], s.faults, to_json(s.saliency) as saliency, s.saliency_scale as scale, s.model
     from run r
     join chamber c using (run)
     join chamber_score s using (run, wheel, station, sector)
     where r.run = $1 and c.wheel = $2 and c.station = $3 and c.sector = $4 and s.model = r.model and c.state = 'present'`,
    [run, wheel, station, sector],
  );
  const found = rows[0];
  if (found === undefined) return null;
  const matrix = unflatten(found.hits);
  return {
    params: { run, wheel, sector, station },
    matrix,
    scores: found.scores,
    saliency: dequantise({ scale: found.scale, values: found.saliency }, matrix),
    verdicts: found.verdicts,
    faults: found.faults,
    model: found.model,
  };
}

interface ScoredChamber {
  hits: number[];
  scores: number[];
  verdicts: (Verdict | null)[];
  faults: Fault[];
  saliency: number[];
  scale: number;
  model: string;
}

/** What is known of every chamber of a run, by wheel, station, sector; empty when the run has not been stored. */
export async function listChambers(db: Queryable, run: number): Promise<ChamberOutcome[]> {
  const { rows } = await db.query<ChamberOutcome>(
    `select wheel, station, sector, state, reason from chamber where run = $1 order by wheel, station, sector`,
    [run],
  );
  return rows;
}

export interface StoredMatrix extends ChamberId {
  matrix: Matrix;
  /** Kept from an earlier look while the source shows less, in a run that was not seen whole since: its hits may be of a part of the run. */
  partial: boolean;
}

/** Matrices of a run as stored, by wheel, station, sector. */
export async function matricesOf(db: Queryable, run: number): Promise<StoredMatrix[]> {
  const { rows } = await db.query<Omit<StoredMatrix, 'matrix'> & { hits: number[] }>(
    `select wheel, station, sector, to_json(c.hits) as hits, c.kept_since is not null and life <> 'final' as partial
     from chamber c join run using (run)
     where run = $1 and c.state = 'present'
     order by wheel, station, sector`,
    [run],
  );
  return rows.map(({ hits, ...chamber }) => ({ ...chamber, matrix: unflatten(hits) }));
}

/** Runs before and after one that are asked whether they have the same hits: a day or two of data taking before, and what came since. */
const runsAround = `
  (select run from run where run < $1 and chambers > 0 order by run desc limit 40)
  union all (select run from run where run > $1 and chambers > 0 order by run limit 10)`;

/**
 * Chambers of runs around `run`, the same as those that are given.
 *
 * @param chambers where they name a number of hits, only with as many: few have by chance.
 */
export async function chambersAround(
  db: Queryable,
  run: number,
  chambers: readonly (ChamberId & { hits?: number })[],
): Promise<(ChamberId & { run: number; matrix: Matrix })[]> {
  const { rows } = await db.query<ChamberId & { run: number; cells: number[] }>(
    `with around as (${runsAround})
     select c.run, wheel, station, sector, to_json(c.hits) as cells
     from json_to_recordset($2) as l (wheel smallint, station smallint, sector smallint, hits bigint)
     join chamber c using (wheel, station, sector) join around using (run)
     where c.state = 'present' and c.total_hits = coalesce(l.hits, c.total_hits)`,
    [run, JSON.stringify(chambers)],
  );
  return rows.map(({ cells, ...had }) => ({ ...had, matrix: unflatten(cells) }));
}

/** All chambers of a run as they are had, by wheel, station, sector; empty before the first look. */
export async function hadChambers(db: Queryable, run: number): Promise<HadChamber[]> {
  const { rows } = await db.query<HadRow>(
    `select wheel, station, sector, state, reason, to_json(hits) as cells, total_hits::double precision as hits, kept_reason as "keptReason",
            extract(epoch from kept_since)::double precision * 1000 as "keptSince"
     from chamber where run = $1 order by wheel, station, sector`,
    [run],
  );
  return rows.map(
    ({ wheel, station, sector, state, reason, cells, hits, keptReason, keptSince }): HadChamber => {
      const chamber = { wheel, station, sector };
      if (state !== 'present') return { ...chamber, state, reason: reason ?? '' };
      const kept = keptReason === null ? null : { since: keptSince ?? 0, reason: keptReason };
      return { ...chamber, state, matrix: unflatten(cells ?? []), hits: hits ?? 0, kept };
    },
  );
}

interface HadRow extends ChamberOutcome {
  cells: number[] | null;
  hits: number | null;
  keptReason: string | null;
  keptSince: number | null;
}
