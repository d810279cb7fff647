import pg from 'pg';
import { locks } from '../locks.ts';

export interface Presence {
  /** Calls `stop` when no other process is left; a newcomer waits meanwhile, then starts the server itself. */
  leave(stop: () => Promise<void>): Promise<void>;
}

/**
 * Marks this process as a user of the cluster for as long as its connection lives, so that whoever leaves last
 * stops the server, in whatever order processes end, and a killed process counts as gone at once.
 *
 * @throws when the server cannot be reached.
 */
export async function announcePresence(url: string): Promise<Presence> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'dtdqm presence',
    connectionTimeoutMillis: 5000,
    keepAlive: true,
  });
  let lost = false;
  client.on('error', () => (lost = true));
  await client.connect();
  await client.query('select pg_advisory_lock_shared($1)', [locks.embeddedPresence]);

  async function isLast(): Promise<boolean> {
    if (lost) return false;
    await client.query('select pg_advisory_unlock_shared($1)', [locks.embeddedPresence]);
    const { rows } = await client.query<{ last: boolean }>('select pg_try_advisory_lock($1) as last', [
      locks.embeddedPresence,
    ]);
    return rows[0]?.last ?? false;
  }

  return {
    async leave(stop) {
      try {
        if (await isLast().catch(() => false)) await stop();
      } finally {
        await client.end().catch(() => undefined);
      }
    },
  };
}
