import pg from 'pg';
import { StorageError } from '../storage/error.ts';
import { locks } from '../storage/locks.ts';

/**
 * Makes sure that one `start` at a time uses a data directory; the lock ends with its connection, also when we are killed.
 *
 * @returns gives the lock back.
 * @throws {StorageError} when another one runs.
 */
export async function beTheOnlyOne(url: string, dataDirectory: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url, application_name: 'dtdqm start', keepAlive: true });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [
    locks.onlyStart,
  ]);
  if (!rows[0]?.mine) {
    await client.end();
    throw new StorageError(
      `another monitor is running on the data directory ${dataDirectory}; stop it, or set DTDQM_DATA_DIR to another folder`,
    );
  }
  return () => client.end();
}
