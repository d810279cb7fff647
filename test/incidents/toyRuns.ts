import { formatChamber, layersOf, noScore, type ChamberId, type Fault, type Verdict } from '@dtdqm/contract';
import type { Database } from '@dtdqm/worker/storage/database';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult, type ChamberResult } from '@dtdqm/worker/storage/results';
import { finalLife } from '../postgres/syntheticRun.ts';

const model = 'truth@1.0.0';
const chamberA: ChamberId = { wheel: -2, station: 1, sector: 3 };
const chamberB: ChamberId = { wheel: 1, station: 4, sector: 9 };

export interface ToyChamber {
  faults?: Fault[];
  /** Layers that cannot be judged. */
  unknown?: number[];
  absent?: boolean;
}

/** A fault as a detector would tell it that knows the truth. */
export function dead(layers: number[], first: number, last: number): Fault {
  return { kind: 'dead-region', layers, wires: { first, last }, confidence: 0.9, ratio: 0 };
}

/** Stores a run of two chambers, 48 wires wide, whose verdicts are what the faults say. */
export async function storeRun(
  database: Database,
  run: number,
  { a = {}, b = {} }: { a?: ToyChamber; b?: ToyChamber } = {},
): Promise<void> {
  await registerModel(database, { name: model, hash: 'none' });
  await saveRunResult(database, {
    run,
    dataset: 'Global/Online/ALL',
    model,
    life: finalLife(),
    error: null,
    chambers: [toyChamber(chamberA, a), toyChamber(chamberB, b)],
  });
}

function toyChamber(
  chamber: ChamberId,
  { faults = [], unknown = [], absent = false }: ToyChamber,
): ChamberResult {
  if (absent) return { ...chamber, state: 'absent', reason: `no ${formatChamber(chamber)}` };
  const wired = layersOf(chamber.station);
  const bad = new Set(faults.flatMap(({ layers }) => layers));
  const verdictOf = (layer: number): Verdict =>
    bad.has(layer) ? 'bad' : unknown.includes(layer) ? 'unknown' : 'good';
  const perLayer = <T>(value: (layer: number) => T, none: T) =>
    Array.from({ length: 12 }, (_, row) => (wired.includes(row + 1) ? value(row + 1) : none));
  const isDead = (layer: number, wire: number) =>
    faults.some(
      ({ layers, wires }) =>
        layers.includes(layer) && (wires === null || (wire >= wires.first && wire <= wires.last)),
    );
  const matrix = Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: 48 }, (_, x) => (wired.includes(row + 1) ? (isDead(row + 1, x + 1) ? 0 : 100) : -1)),
  );
  return {
    ...chamber,
    state: 'present',
    matrix,
    verdict: {
      scores: perLayer((layer) => (bad.has(layer) ? 0.9 : 0.1), noScore),
      verdicts: perLayer<Verdict | null>(verdictOf, null),
      faults,
      saliency: matrix.map((row) => row.map((hits) => (hits === 0 ? 1 : hits < 0 ? -1 : 0))),
    },
  };
}

/** What the ledger says, without what depends on when the runs were stored. */
export async function ledgerOf(database: Database): Promise<unknown> {
  const { rows: incidents } = await database.query(
    `select id, wheel, station, sector, kind, severity, condition, spans, layers, first_wire, last_wire, hardware, first_run, last_run,
            opened_run, healed_run, acknowledged_by, shelved_by, known_bad, merged_into, merged_run, evidence from incident order by id`,
  );
  const { rows: changes } = await database.query(
    'select incident, run, change, comment from incident_change order by incident, run, change',
  );
  const { rows: sightings } = await database.query(
    'select incident, run, spans, cells, lost, score, ratio from incident_sighting order by incident, run',
  );
  return { incidents, changes, sightings };
}
