import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { ensureReader, readerRole } from '../../worker/src/grafana/installation.ts';
import { expand, allStatements } from '../../provisioning/src/statements.ts';
import { medianTime } from './times.ts';

/** Times every statement of dashboards and rules as Grafana's reader, over the newest 30 days. @returns ms by dashboard and panel. */
export async function timeStatements(databaseUrl: string): Promise<Record<string, number>> {
  const password = randomBytes(12).toString('hex');
  await ensureReader(databaseUrl, password);
  const url = new URL(databaseUrl);
  url.username = readerRole;
  url.password = password;
  const reader = new pg.Client({ connectionString: url.href });
  await reader.connect();
  const to = new Date();
  const range = { from: new Date(to.getTime() - 30 * 86_400_000), to };
  const several = {
    wheel: ['-2', '-1', '0', '1', '2'],
    station: ['1', '2', '3', '4'],
    sector: ['1', '2', '12', '14'],
  };
  const one = { wheel: '0', station: '1', sector: '1' };
  const times: Record<string, number> = {};
  for (const { where, sql } of await allStatements()) {
    const variables = { run: '0', ...(sql.includes(':csv') ? several : one) };
    const text = expand(sql, { range, intervalSeconds: 600, variables });
    times[where] = await medianTime(() => reader.query(text), 3);
  }
  await reader.end();
  return times;
}
