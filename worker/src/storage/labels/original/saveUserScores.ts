import { layersOf, rowsPerChamber, type ChamberOfRun, type LabelVerdict } from '@dtdqm/contract';
import type { Queryable } from '../../database.ts';
import { appendEvent } from '../append.ts';
import { currentLabel } from '../history.ts';
import { requestHash } from '../requestHash.ts';

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
