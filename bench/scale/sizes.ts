import type { Database } from '@dtdqm/worker/storage/database';
import { threeDigits } from './times.ts';

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
