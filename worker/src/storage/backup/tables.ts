import type { Queryable } from '../database.ts';

export interface BackedUpTable {
  name: string;
  /** Quoted, in order, joined by commas; without those that PostgreSQL works out by itself. */
  columns: string;
}

/** Says how far the schema is; restoring makes it anew. */
const own = ['migration'];

/** Every table of ours, those first that others refer to. */
export async function tablesToBackUp(db: Queryable): Promise<BackedUpTable[]> {
  const { rows: tables } = await db.query<BackedUpTable>(
    `select c.table_name as name, string_agg(format('%I', c.column_name), ', ' order by c.ordinal_position) as columns
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
       and not c.table_name = any($1)
     group by c.table_name order by c.table_name`,
    [own],
  );
  const { rows: references } = await db.query<{ from: string; to: string }>(
    `select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint
     where contype = 'f' and connamespace = 'public'::regnamespace and conrelid <> confrelid`,
  );
  const ordered: BackedUpTable[] = [];
  const visit = (name: string): void => {
    const table = tables.find((each) => each.name === name);
    if (table === undefined || ordered.includes(table)) return;
    for (const { from, to } of references) if (from === name) visit(to);
    ordered.push(table);
  };
  for (const { name } of tables) visit(name);
  return ordered;
}
