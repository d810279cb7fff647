import pg from 'pg';
import { ensureReader, readerRole } from '@dtdqm/worker/grafana/installation';

/** The password of the role is the server's, not a database's: test files that run at once must agree on it. */
const password = 'reader-of-the-tests';

/** A connection such as Grafana's data source has. */
export async function connectAsReader(databaseUrl: string): Promise<pg.Client> {
  await ensureReader(databaseUrl, password);
  const url = new URL(databaseUrl);
  url.username = readerRole;
  url.password = password;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return client;
}
