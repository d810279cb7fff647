import type { Queryable } from '@dtdqm/worker/storage/database';

/** As if the clock had been so many hours ahead until now: all that was noted of runs and work is of a time that is still to come. */
export async function putClockBack(db: Queryable, hours: number): Promise<void> {
  const { rows } = await db.query<{ statement: string }>(
    `select format('update %I set %s', table_name, string_agg(format('%1$I = %1$I + interval ''%2$s hours''', column_name, $1::integer), ', '))
              as statement
     from information_schema.columns
     where table_schema = 'public' and data_type = 'timestamp with time zone' and table_name in ('run', 'job', 'finished_job')
     group by table_name`,
    [hours],
  );
  for (const { statement } of rows) await db.query(statement);
}
