import { transaction } from '@dtdqm/worker/storage/database';
import { rebuildFrom } from '@dtdqm/worker/storage/incidents/ledger';
import { openBenchStorage, write } from '../harness.ts';

/**
 * How long the ledger takes with 1,000 runs stored, 40 lasting faults in each: made anew from the first run, for a run that
 * arrives 100 runs late, and for a new run: `npx tsx bench/incidents/replayTime.ts`.
 */
const runs = 1000;
const storage = await openBenchStorage();
const { database } = storage;
await database.query(
  `insert into incident_run (run, model, at) select run, 'bench@1', now() from generate_series(1, $1) as run`,
  [runs],
);
await database.query(
  `insert into incident_finding (run, wheel, station, sector, findings)
   select run, place / 8 - 2, 1, place % 8 + 1,
          jsonb_build_array(jsonb_build_object('kind', 'dead-region', 'spans', jsonb_build_array(jsonb_build_object('layer', 9, 'first', 10, 'last', 20)),
            'extent', 'part', 'confidence', 0.9, 'ratio', 0, 'score', 0.9, 'saliencyShare', 0.7))
   from generate_series(1, $1) as run, generate_series(0, 39) as place`,
  [runs],
);
for (const [what, from] of [
  ['all 1,000 runs', 1],
  ['a run 100 runs late', runs - 100],
  ['a new run', runs],
] as const) {
  const start = performance.now();
  await transaction(database, (db) => rebuildFrom(db, from));
  write(`${what}: ${((performance.now() - start) / 1000).toFixed(2)} s`);
}
const { rows } = await database.query<{ count: string }>('select count(*) from incident');
write(`${rows[0]?.count} incidents`);
await storage.close();
