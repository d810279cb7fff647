import pg from 'pg';

/** Somebody else's transaction, which gets in the way of ours. */
export interface Blocker {
  query(text: string, values?: unknown[]): Promise<pg.QueryResult>;
  /** Resolves once another connection waits for what this one has locked. */
  isWaitedFor(): Promise<void>;
  end(): Promise<void>;
}

/** Opens a transaction that PostgreSQL never chooses as the one to end when two wait for each other. */
export async function openBlocker(url: string): Promise<Blocker> {
  const client = new pg.Client({ connectionString: url });
  const observer = new pg.Client({ connectionString: url });
  // Their server may be stopped before them.
  for (const each of [client, observer]) each.on('error', () => undefined);
  await client.connect();
  await client.query(`set deadlock_timeout = '10min'`);
  await observer.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await client.query('begin');
  return {
    query: (text, values) => client.query(text, values),
    async isWaitedFor() {
      for (;;) {
        const waiting = await observer.query(
          'select from pg_stat_activity where $1::integer = any(pg_blocking_pids(pid))',
          [rows[0]?.pid],
        );
        if (waiting.rowCount !== 0) return;
        await observer.query('select pg_sleep(0.01)');
      }
    },
    async end() {
      await client.end();
      await observer.end();
    },
  };
}
