import {
  allChambers,
  labelWriteSchema,
  layersOf,
  type ChamberOfRun,
  type LabelRequest,
  type LabelVerdict,
  type LabelWrite,
} from '@dtdqm/contract';
import type { Database } from '@dtdqm/worker/storage/database';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { refreshQueue } from '@dtdqm/worker/learning/queue/refresh';
import { syntheticRun } from '../postgres/syntheticRun.ts';

/** Stores synthetic runs and lets their chambers wait for labels. */
export async function queueRuns(database: Database, ...runs: number[]): Promise<void> {
  await registerModel(database, { name: 'test@1.0.0', hash: 'h' });
  for (const run of runs) {
    await saveRunResult(database, syntheticRun(run));
    await refreshQueue(database, run);
  }
}

/** Twelve verdicts, all of one kind but for layers that the station lacks. */
export function verdictsOf(
  station: ChamberOfRun['station'],
  verdict: LabelVerdict = 'good',
): (LabelVerdict | null)[] {
  const layers = layersOf(station);
  return Array.from({ length: 12 }, (_, row) => (layers.includes(row + 1) ? verdict : null));
}

let keys = 0;

/** A valid label of the chamber with this index (0..249) of a run. */
export function labelOf(run: number, index: number, overrides: Partial<LabelWrite> = {}): LabelRequest {
  const chamber = allChambers[index];
  if (chamber === undefined) throw new RangeError(`there is no chamber ${index}`);
  keys += 1;
  return labelWriteSchema.parse({
    run,
    ...chamber,
    verdicts: verdictsOf(chamber.station),
    idempotencyKey: `key-${String(keys).padStart(6, '0')}`,
    ...overrides,
  });
}

/** How the chamber stands in the queue. */
export async function stateOf(
  database: Database,
  { run, wheel, station, sector }: Record<'run' | 'wheel' | 'station' | 'sector', number>,
): Promise<string | null> {
  const { rows } = await database.query<{ state: string }>(
    'select state::text from queue where run = $1 and wheel = $2 and station = $3 and sector = $4',
    [run, wheel, station, sector],
  );
  return rows[0]?.state ?? null;
}

export async function countEvents(database: Database): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    'select count(*)::integer as count from label_event',
  );
  return rows[0]?.count ?? 0;
}
