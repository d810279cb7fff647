import {
  type ChamberId,
  type ChamberOfRun,
  type ChamberSlice,
  type Fault,
  type Matrix,
  type RunChange,
  type RunLook,
  type RunMoment,
  type Verdict,
  rowsPerChamber,
} from '@dtdqm/contract';
import { hitsOf } from '../pipeline/look.ts';
import type { InsideState } from '../pipeline/slices.ts';
import { openHits } from '../pipeline/snapshots.ts';
import type { Queryable } from './database.ts';
import { unpackMatrix, unpackWithMatrices } from './packedMatrix.ts';

interface Moments {
  fromAt: Date | null;
  fromLumisection: number | null;
  at: Date;
  lumisection: number | null;
}

/** Where a look, or what ended with it, begins and ends; a look 0 is the start of the run. */
const moments = `
  case when from_look = 0 then r.started_at else f.asked_at end as "fromAt",
  case when from_look > 0 then f.lumisection when r.started_at is not null then 0 end as "fromLumisection",
  t.asked_at as at, t.lumisection`;
const joins = `
  join run r using (run)
  join run_look t using (run, look)
  left join run_look f on f.run = r.run and f.look = from_look`;

/** Looks at a run in progress that showed anything else than the one before, oldest first. */
export async function listLooks(db: Queryable, run: number): Promise<RunLook[]> {
  const { rows } = await db.query<Moments & Omit<RunLook, 'from' | 'to'>>(
    `select ${moments}, t.look, t.hits::double precision as hits, t.judged, t.waiting, t.bad, t.gap
     from (select run, look, lag(look, 1, 0) over (order by look) as from_look from run_look where run = $1 and filled is distinct from 'part') as l ${joins}
     order by t.look`,
    [run],
  );
  return rows.map(withSpan);
}

/** What changed in chambers while a run was taken, or in one of them, in the order in which it was told. */
export async function listChanges(db: Queryable, run: number, chamber?: ChamberId): Promise<RunChange[]> {
  const { rows } = await db.query<ChangeRow>(
    `select run, wheel, station, sector, kind, layers, first_wire as "firstWire", last_wire as "lastWire", from_at as "fromAt",
            from_lumisection as "fromLumisection", to_at as at, to_lumisection as lumisection, told_at as "toldAt",
            told_lumisection as "toldLumisection", ratio, ratio_low as low, ratio_high as high
     from run_change
     where run = $1 and ($2::integer is null or (wheel, station, sector) = ($2, $3, $4))
     order by told_at, id`,
    [run, chamber?.wheel, chamber?.station, chamber?.sector],
  );
  return rows.map((row) => {
    const { firstWire, lastWire, toldAt, toldLumisection, low, high, ...rest } = withSpan(row);
    const { from, to, ...change } = rest;
    return {
      ...change,
      wires: firstWire === null || lastWire === null ? null : { first: firstWire, last: lastWire },
      happened: { from, to },
      told: momentOf(toldAt, toldLumisection)!,
      ratioRange: { low, high },
    };
  });
}

interface ChangeRow extends Moments, Pick<RunChange, 'run' | keyof ChamberId | 'kind' | 'layers' | 'ratio'> {
  firstWire: number | null;
  lastWire: number | null;
  toldAt: Date;
  toldLumisection: number | null;
  low: number;
  high: number;
}

/** Slices of a chamber, oldest first. @param layer whose wires are wanted, 1 to 12. */
export async function listSlices(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
  layer?: number,
): Promise<ChamberSlice[]> {
  const { rows } = await db.query<SliceRow>(
    `with ratio as (
       select look, jsonb_object_agg(layer, ratio) as ratios from reporting.slices
       where run = $1 and wheel = $2 and station = $3 and sector = $4 group by look
     )
     select ${moments}, s.look, s.hits, to_json(s.layer_hits) as "layerHits", ratios, s.verdicts as letters, s.faults, s.gap,
            case when $5::integer is not null then s.counts end as counts
     from chamber_slice s ${joins}
     left join ratio on ratio.look = s.look
     where s.run = $1 and s.wheel = $2 and s.station = $3 and s.sector = $4
     order by s.look`,
    [run, wheel, station, sector, layer],
  );
  return rows.map((row) => {
    const { letters, ratios, faults, counts, ...slice } = withSpan(row);
    return {
      ...slice,
      ratios: Array.from({ length: rowsPerChamber }, (_, index) => ratios?.[index + 1] ?? null),
      verdicts: verdictsOf(letters),
      faults: faults ?? [],
      ...(counts && layer !== undefined ? { wires: unpackMatrix(counts)[layer - 1]! } : {}),
    };
  });
}

interface SliceRow extends Moments, Pick<ChamberSlice, 'look' | 'hits' | 'layerHits' | 'gap'> {
  letters: string;
  ratios: Record<number, number | null> | null;
  faults: Fault[] | null;
  counts: Buffer | null;
}

export interface SliceCounts {
  from: RunMoment | null;
  to: RunMoment;
  matrix: Matrix;
  /** See `inputsOfSlices`. */
  expected: number | null;
  gap: string | null;
}

/** Counts of the slices of a chamber that lie whole in a span, oldest first. @param from a span from the start of the run when absent. */
export async function slicesWithin(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
  { from, to }: { from?: string | undefined; to: string },
): Promise<SliceCounts[]> {
  const { rows } = await db.query<Moments & { counts: Buffer; expected: number | null; gap: string | null }>(
    `select * from (
       select ${moments}, s.counts, s.expected, s.gap
       from chamber_slice s ${joins}
       where s.run = $1 and s.wheel = $2 and s.station = $3 and s.sector = $4
     ) as each
     where ($5::timestamptz is null or "fromAt" >= $5) and at <= $6
     order by at`,
    [run, wheel, station, sector, from, to],
  );
  return rows.map((row) => {
    const { counts, ...slice } = withSpan(row);
    return { ...slice, matrix: unpackMatrix(counts) };
  });
}

/** What a chamber counted since its newest slice; null when nothing. */
export async function waitingOf(
  db: Queryable,
  { run, wheel, station, sector }: ChamberOfRun,
  version: string,
): Promise<{ from: RunMoment | null; to: RunMoment; hits: number } | null> {
  const { rows } = await db.query<{ state: Buffer }>(
    'select state from run_live where run = $1 and version = $2',
    [run, version],
  );
  if (rows[0] === undefined) return null;
  const { chambers } = unpackWithMatrices(rows[0].state) as InsideState<unknown>;
  const chamber = chambers.find(
    (each) => each.wheel === wheel && each.station === station && each.sector === sector,
  );
  if (chamber === undefined) return null;
  const { base, last } = chamber;
  const hits = hitsOf(openHits(chamber));
  return hits > 0 && last.moment !== null ? { from: base.moment, to: last.moment, hits } : null;
}

/** What the inside of a run, as it is stored, follows from. */
export async function insideVersion(db: Queryable, run: number): Promise<(string | number | null)[]> {
  const { rows } = await db.query<{
    looks: number;
    life: string;
    changes: number;
    kept: boolean;
    model: string | null;
    started: string | null;
  }>(
    `select coalesce((select max(look) from run_look l where l.run = r.run), 0) as looks, life::text, model, started_at::text as started,
            (select count(*)::integer from run_change c where c.run = r.run) as changes,
            exists (select from chamber_slice s where s.run = r.run) as kept
     from run r where run = $1`,
    [run],
  );
  const [found] = rows;
  return found
    ? [run, found.looks, found.life, found.changes, String(found.kept), found.model, found.started]
    : [];
}

const verdictOf: Readonly<Record<string, Verdict>> = { g: 'good', b: 'bad', u: 'unknown' };

function verdictsOf(letters: string): (Verdict | null)[] {
  return [...letters].map((letter) => verdictOf[letter] ?? null);
}

function momentOf(at: Date | null, lumisection: number | null): RunMoment | null {
  return at && { at: at.toISOString(), lumisection };
}

function withSpan<Row extends Moments>(row: Row) {
  const { fromAt, fromLumisection, at, lumisection, ...rest } = row;
  return { ...rest, from: momentOf(fromAt, fromLumisection), to: momentOf(at, lumisection)! };
}
