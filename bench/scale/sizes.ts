import { sum } from '@dtdqm/contract/numbers';
import type { Database } from '@dtdqm/worker/storage/database';
import { deleteRun } from '@dtdqm/worker/storage/runs';
import { threeDigits } from '../harness.ts';

/** Bytes of all tables and their indexes, in all and by run, the greatest first. */
export async function tableSizes(database: Database, runs: number) {
  const { rows } = await database.query<{ name: string; data: number; indexes: number }>(
    `select relname as name, (pg_table_size(oid))::float8 as data, pg_indexes_size(oid)::float8 as indexes
     from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and pg_total_relation_size(oid) > 65536
     order by pg_total_relation_size(oid) desc`,
  );
  const bytes = rows.reduce((sum, { data, indexes }) => sum + data + indexes, 0);
  const tables = Object.fromEntries(
    rows.map(({ name, data, indexes }) => [
      name,
      {
        kilobytesPerRun: threeDigits(data / runs / 1000),
        ofThemIndexes: threeDigits(indexes / runs / 1000),
      },
    ]),
  );
  return {
    megabytes: threeDigits(bytes / 1e6),
    kilobytesPerRun: threeDigits(bytes / runs / 1000),
    tables,
  };
}

/** Forgets the reasons for the scores of the oldest runs, as deploy/backup/retention.sh does, and deletes some runs whole. */
export async function measureRetention(database: Database, old: number, deleted = 20) {
  await database.query(
    `update run set fetched_at = now() - interval '200 days' where run in (select run from run order by run limit $1)`,
    [old],
  );
  const before = await scoreBytes(database);
  const steps: number[] = [];
  for (;;) {
    const started = performance.now();
    const { rows } = await database.query<{ runs: number }>(`select drop_saliency('180 days') as runs`);
    if (rows[0]?.runs === 0) break;
    steps.push(performance.now() - started);
  }
  const forgotten = await scoreBytes(database);
  const vacuuming = performance.now();
  await database.query('vacuum analyze chamber_score');
  const vacuumed = performance.now();
  const reusable = await scoreBytes(database);
  await database.query('vacuum full chamber_score');
  const rewritten = performance.now();
  const after = await scoreBytes(database);
  const { rows: oldest } = await database.query<{ run: number }>(
    'select run from run order by run limit $1',
    [deleted],
  );
  const deleting = performance.now();
  for (const { run } of oldest) await deleteRun(database, run);
  return {
    runs: old,
    seconds: seconds(sum(steps)),
    firstStepOf20: seconds(steps[0] ?? NaN),
    lastStepOf20: seconds(steps.at(-1) ?? NaN),
    vacuumSeconds: seconds(vacuumed - vacuuming),
    vacuumFullSeconds: seconds(rewritten - vacuumed),
    megabytes: {
      before: megabytes(before),
      afterForgetting: megabytes(forgotten),
      afterVacuum: megabytes(reusable),
      afterVacuumFull: megabytes(after),
    },
    kilobytesGivenBackPerRun: threeDigits((before - after) / old / 1000),
    deletionSecondsPerRun: seconds((performance.now() - deleting) / deleted),
  };
}

async function scoreBytes(database: Database): Promise<number> {
  const { rows } = await database.query<{ bytes: number }>(
    `select pg_total_relation_size('chamber_score')::float8 as bytes`,
  );
  return rows[0]?.bytes ?? NaN;
}

const seconds = (milliseconds: number) => threeDigits(milliseconds / 1000);
const megabytes = (bytes: number) => Math.round(bytes / 1e6);
