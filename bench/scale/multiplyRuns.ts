import { transaction, type Database, type Queryable } from '@dtdqm/worker/storage/database';

/** Copies the stored runs under new numbers until there are so many. @returns how many were added. */
export async function multiplyRuns(database: Database, runs: number): Promise<number> {
  const { rows } = await database.query<{ stored: number; templates: number }>(
    `select count(*)::integer as stored, least(10, count(*))::integer as templates from run`,
  );
  const { stored = 0, templates = 1 } = rows[0] ?? {};
  // In batches, so that no statement grows with the number of runs.
  for (let first = stored + 1; first <= runs; first += templates) {
    const count = Math.min(templates, runs - first + 1);
    // In one transaction: a run is summarised at its end, when its scores are there.
    await transaction(database, async (client) => {
      for (const table of ['run', 'chamber', 'chamber_score']) await copy(client, table, first - 1, count);
    });
  }
  return Math.max(0, runs - stored);

  async function copy(client: Queryable, table: string, offset: number, count: number): Promise<void> {
    const columns = await columnsOf(table);
    const others = columns.filter((column) => column !== 'run').join(', ');
    await client.query(
      `insert into ${table} (run, ${others}) select run + $1, ${others} from ${table} where run <= $2`,
      [offset, count],
    );
  }

  async function columnsOf(table: string): Promise<string[]> {
    const found = await database.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
      [table],
    );
    return found.rows.map(({ name }) => name);
  }
}
