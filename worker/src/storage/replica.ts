import pg from 'pg';
import { describeUrl, type Queryable } from './database.ts';
import { StorageError } from './connectionErrors.ts';

export interface ReplicaLag {
  /** What the primary has written and the replica does not show yet. */
  bytes: number;
  /** Since the newest change that it shows, by the primary's clock, so that clocks need not agree; 0 when it shows all, NaN when it has had none since its start. */
  seconds: number;
}

/** A scrape must not wait for a replica that is away. */
const longestMs = 3000;

/**
 * How far a physical replica is behind its primary.
 *
 * @param primary asked first, so that what it writes meanwhile does not count.
 * @throws {StorageError} in one line when the replica does not answer, takes writes, or follows another server.
 */
export async function replicaLag(primary: Queryable, url: string): Promise<ReplicaLag> {
  const { rows } = await primary.query<{ server: string; at: string; now: Date }>(
    `select system_identifier::text as server, pg_current_wal_flush_lsn()::text as at, now() from pg_control_system()`,
  );
  const { server, at, now } = rows[0]!;
  const fault = (text: string) => new StorageError(`the replica ${describeUrl(url)} ${text}`);
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: longestMs,
    query_timeout: longestMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows: told } = await client.query<{
      server: string;
      follows: boolean;
      bytes: number;
      newest: Date | null;
    }>(
      `select system_identifier::text as server, pg_is_in_recovery() as follows, pg_last_xact_replay_timestamp() as newest,
              greatest(0, pg_wal_lsn_diff($1, pg_last_wal_replay_lsn()))::float8 as bytes
       from pg_control_system()`,
      [at],
    );
    const replica = told[0]!;
    if (!replica.follows) throw fault('is none: it takes writes of its own');
    if (replica.server !== server) throw fault('follows another server than DATABASE_URL names');
    const { bytes, newest } = replica;
    return {
      bytes,
      seconds:
        bytes === 0 ? 0 : newest === null ? NaN : Math.max(0, (now.getTime() - newest.getTime()) / 1000),
    };
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw fault(`does not answer: ${(error as Error).message}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}
