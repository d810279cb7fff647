import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { RunProgress } from '../dqm/source.ts';
import { hitsOf } from '../pipeline/look.ts';
import type { FoldedLook, InsideState } from '../pipeline/slices.ts';
import type { EndedSlice } from '../pipeline/snapshots.ts';
import { arrayLiteral } from './chambers.ts';
import type { Queryable } from './database.ts';
import { packMatrix, packWithMatrices, unpackWithMatrices } from './packedMatrix.ts';

/** What plots of single lumisections filled in of a look that was missed: all that there was to see, or a part of the chambers. */
export const lookFillings = ['all', 'part'] as const;

/** What is stored of the inside of a run that was looked at before. */
export interface StoredInside<Watch> {
  version: string;
  looks: number;
  /** Null when another version stored it. */
  state: InsideState<Watch> | null;
}

export async function loadInside<Watch>(
  db: Queryable,
  run: number,
  version: string,
): Promise<StoredInside<Watch> | null> {
  const { rows } = await db.query<{ version: string; looks: number; state: Buffer | null }>(
    'select version, looks, case when version = $2 then state end as state from run_live where run = $1',
    [run, version],
  );
  const [found] = rows;
  if (found === undefined) return null;
  const state = found.state && (unpackWithMatrices(found.state) as InsideState<Watch>);
  return { version: found.version, looks: found.looks, state };
}

/** When a run began, as it was told at looks before; null where it was not. */
export async function storedStart(db: Queryable, run: number): Promise<Date | null> {
  const { rows } = await db.query<{ at: Date | null }>('select started_at as at from run where run = $1', [
    run,
  ]);
  return rows[0]?.at ?? null;
}

/** What is known of a run beside its histograms. */
export interface AboutRun extends RunProgress {
  /** When it began, milliseconds since 1970; null where that is not known. */
  startedAt: number | null;
}

/** What a look at a run in progress brought of its inside. */
export interface InsideLook extends Omit<FoldedLook<unknown>, 'look' | 'unwatched'> {
  /** Before the look itself those that were missed, filled in from plots of single lumisections; none where it showed nothing else. */
  looks: (NonNullable<FoldedLook<unknown>['look']> & {
    filled: (typeof lookFillings)[number] | null;
    model: string;
  })[];
  /** It showed hits that the look before had not. */
  grew: boolean;
  version: string;
  about: AboutRun;
}

/** Stores it, if it is news, within the transaction that stores the look, so that all of it is there or nothing. */
export async function saveInside(
  client: pg.ClientBase,
  run: number,
  { state, looks, slices, changes, version, about }: InsideLook,
): Promise<void> {
  if (looks.length === 0 && slices.length === 0) return;
  await client.query(
    `insert into run_live (run, version, looks, state) values ($1, $2, $3, $4)
     on conflict (run) do update set version = excluded.version, looks = excluded.looks, state = excluded.state`,
    [run, version, state.looks, packWithMatrices(state)],
  );
  for (const { moment, filled, ...look } of looks) {
    await client.query(
      `insert into run_look (run, look, asked_at, lumisection, event_at, hits, judged, waiting, bad, gap, model, filled)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        ...[run, look.look, moment.at, moment.lumisection],
        ...[filled !== null || about.eventAt === null ? null : new Date(about.eventAt)],
        ...[look.hits, look.judged, look.waiting, look.bad, look.gap, look.model, filled],
      ],
    );
  }
  await copySlices(client, run, slices);
  for (const change of changes) {
    const { happened, told, wires, ratioRange } = change;
    await client.query(
      `insert into run_change (run, wheel, station, sector, kind, layers, first_wire, last_wire, from_at, from_lumisection,
                               to_at, to_lumisection, told_at, told_lumisection, ratio, ratio_low, ratio_high)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
      [
        ...[run, change.wheel, change.station, change.sector, change.kind, change.layers],
        ...[
          wires?.first ?? null,
          wires?.last ?? null,
          happened.from?.at ?? null,
          happened.from?.lumisection ?? null,
        ],
        ...[happened.to.at, happened.to.lumisection, told.at, told.lumisection],
        ...[change.ratio, ratioRange.low, ratioRange.high],
      ],
    );
  }
}

/**
 * Makes the partition that slices of a run go to, with those of its neighbours. Apart from the transaction that stores them, as it locks the table;
 * when it cannot be made, they go into the default one.
 */
export async function makeSlicePartition(db: Queryable, run: number): Promise<void> {
  await db.query('select make_slice_partition($1)', [run]);
}

const columns =
  'run, look, from_look, hits, expected, wheel, station, sector, verdicts, layer_hits, counts, faults, gap';

/** By COPY: a run at full rate has a hundred of them a minute. */
export async function copySlices(
  client: pg.ClientBase,
  run: number,
  slices: readonly EndedSlice[],
): Promise<void> {
  if (slices.length === 0) return;
  await copyLines(client, [slices.map((slice) => `${sliceLine(run, slice)}\n`).join('')]);
}

/** @param lines of {@link sliceLine}, each with its end, in pieces of any length. */
export async function copyLines(client: pg.ClientBase, lines: Iterable<string>): Promise<void> {
  const into = client.query(copyFrom(`copy chamber_slice (${columns}) from stdin`));
  await pipeline(Readable.from(lines), into);
}

/** A slice as a line of COPY. */
export function sliceLine(run: number, slice: EndedSlice): string {
  const { look, fromLook, matrix, expected, wheel, station, sector, verdicts, faults, gap } = slice;
  const layerHits = matrix.map((row, index) => (verdicts[index] === null ? null : hitsOf([row])));
  const values = [
    ...[run, look, fromLook, hitsOf(matrix), expected && Math.fround(expected), wheel, station, sector],
    ...[verdicts.map((verdict) => verdict?.[0] ?? '-').join(''), arrayLiteral(layerHits)],
    ...[`\\x${packMatrix(matrix).toString('hex')}`, faults.length > 0 ? JSON.stringify(faults) : null, gap],
  ];
  return values.map(inCopy).join('\t');
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value in the text format of COPY. */
function inCopy(value: string | number | null): string {
  return value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (character) => escapes[character]!);
}
