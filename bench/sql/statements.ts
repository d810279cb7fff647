import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { median } from '@dtdqm/contract/numbers';
import { expand, allStatements } from '../../provisioning/src/statements.ts';
import { ensureReader, readerRole } from '../../worker/src/grafana/installation.ts';

export interface TimedStatement {
  /** Dashboard and panel, or rule. */
  where: string;
  /** ms; the least is what other work on the machine disturbs least. */
  median: number;
  least: number;
  worst: number;
  rows: number;
}

/** Times every statement of dashboards and rules as Grafana's reader, over the newest 30 days, after one round that is not counted. */
export async function timeStatements(databaseUrl: string, rounds: number): Promise<TimedStatement[]> {
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
  const timed: TimedStatement[] = [];
  for (const { where, sql } of await allStatements()) {
    const variables = { run: '0', last: '100', ...(sql.includes(':csv') ? several : one) };
    const text = expand(sql, { range, intervalSeconds: 600, variables });
    const times: number[] = [];
    let rows = (await reader.query(text)).rowCount ?? 0;
    for (let round = 0; round < rounds; round += 1) {
      const started = performance.now();
      rows = (await reader.query(text)).rowCount ?? 0;
      times.push(performance.now() - started);
    }
    timed.push({ where, median: median(times), least: Math.min(...times), worst: Math.max(...times), rows });
  }
  await reader.end();
  return timed;
}
