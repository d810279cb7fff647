import type { Queryable } from '@dtdqm/worker/storage/database';

/**
 * Columns that tell how the work went and not what came of it: who held a run, how often it was tried, chance, and the
 * order in which alike chambers came in.
 */
const incidental = [
  'attempts',
  'lease_owner',
  'lease_until',
  'lease_id',
  'lease_by',
  // What is believed of a run depends on when it was looked at.
  'life',
  'life_reason',
  'random_key',
  'id',
  // Numbers of incidents: given in the order in which they are first seen.
  'incident',
  'twin_rank',
  'priority',
];
/**
 * Checkpoints hold where a replay of the ledger may begin: with times, and spaced by how runs came in. What the next look at a run in
 * progress needs to know holds when it was looked at; what came of the looks is in tables of its own.
 */
const notContent = ['run_live', 'migration', 'api_minute', 'incident_checkpoint', 'job', 'finished_job'];

export interface TableContent {
  rows: number;
  /** Sum over the rows' hashes: equal for equal rows in any order, and different when a row stands twice. */
  hash: string;
}

/** What every table of the monitor holds, those that later migrations add included. */
export async function contentOf(db: Queryable): Promise<Record<string, TableContent>> {
  const { rows: tables } = await db.query<{ name: string; columns: string }>(
    `select c.table_name as name, string_agg(format('%I', c.column_name), ', ' order by c.ordinal_position) as columns
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     join pg_class k on k.oid = format('%I.%I', table_schema, c.table_name)::regclass and not k.relispartition
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type not like 'timestamp%'
       and not c.column_name = any($1) and not c.table_name = any($2)
     group by c.table_name order by c.table_name`,
    [incidental, notContent],
  );
  const contents: Record<string, TableContent> = {};
  for (const { name, columns } of tables) {
    const { rows } = await db.query<TableContent>(
      `select count(*)::integer as rows, coalesce(sum(hashtextextended(row(${columns})::text, 0)::numeric), 0)::text as hash
       from "${name}"`,
    );
    contents[name] = rows[0] ?? { rows: 0, hash: '0' };
  }
  return contents;
}
