import pg from 'pg';
import { GrafanaError } from './error.ts';

export const readerRole = 'dtdqm_grafana';

/**
 * Makes the role with which Grafana reads the reporting views, or gives it this password. It is a member of dtdqm_reader,
 * which the migrations make, and can read nothing else.
 *
 * @param url of a database user that may make roles; the embedded one may.
 * @throws {GrafanaError} when that user may not.
 */
export async function ensureReader(url: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'dtdqm grafana' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [readerRole]);
    const secret = client.escapeLiteral(password);
    const verb = rowCount === 0 ? 'create' : 'alter';
    await client.query(`${verb} role ${readerRole} login password ${secret} connection limit 20`);
    await client.query(`grant dtdqm_reader to ${readerRole}`);
    await client.query(`alter role ${readerRole} set default_transaction_read_only = on`);
    await client.query(`alter role ${readerRole} set statement_timeout = '30s'`);
    await client.query('select grant_reporting()');
  } catch (error) {
    throw new GrafanaError(
      `the database role ${readerRole} cannot be made: ${(error as Error).message}. Make it as docs/operations/database.md says`,
      { cause: error },
    );
  } finally {
    await client.end();
  }
}
