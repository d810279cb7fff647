import { median } from '@dtdqm/contract/numbers';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { ensureReader, readerRole } from '../../worker/src/grafana/installation.ts';
import { startEmbeddedPostgres } from '../../worker/src/storage/embedded/server.ts';
import { migrate } from '../../worker/src/storage/migrate.ts';
import { expand, allStatements } from '../../provisioning/src/statements.ts';
import { machine } from '../machine.ts';
import { sideBySide, tableOf } from '../sideBySide.ts';
import { fill } from './fill.ts';
import { trends } from './trends.ts';

/** Runs every statement of dashboards and rules as the reader, over made-up runs, and prints the slowest: tsx bench/sql/slowest.ts [runs]. */
const runs = Number(process.argv[2] ?? 1000);
const goalMs = 200;
const repetitions = 5;

const print = (text: string) => process.stdout.write(`${text}\n`);
const directory = await mkdtemp(path.join(tmpdir(), 'dtdqm-bench-sql-'));
const server = await startEmbeddedPostgres({ dataDirectory: directory, durable: false });
try {
  await migrate(server.url, { info: () => undefined });
  const owner = new pg.Client({ connectionString: server.url });
  // The server may be stopped under it after a failure, which is what then counts.
  owner.on('error', () => undefined);
  await owner.connect();
  const started = performance.now();
  await fill(owner, runs);
  const size = await owner.query<{ size: string }>(
    'select pg_size_pretty(pg_database_size(current_database())) as size',
  );
  print(
    `${runs} runs filled in ${Math.round((performance.now() - started) / 1000)} s, ${size.rows[0]?.size}`,
  );
  const password = randomBytes(12).toString('hex');
  await ensureReader(server.url, password);
  await measure(password);
  print('');
  print(await besideArrays(owner));
  print(machine());
  await owner.end();
} finally {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
}

/** What dashboards read of all runs beside the same worked out from the arrays of scores, as without summaries of runs. */
async function besideArrays(owner: pg.Client): Promise<string> {
  const tables = [];
  for (const [what, ours, fromArrays] of trends) {
    const ways = [
      { what: 'ours, from the summaries', work: () => owner.query(ours) },
      { what: 'from the arrays of scores', work: () => owner.query(fromArrays) },
    ];
    tables.push(tableOf(what, await sideBySide(ways, repetitions)));
  }
  return tables.join('\n');
}

async function measure(password: string): Promise<void> {
  const url = new URL(server.url);
  url.username = readerRole;
  url.password = password;
  const reader = new pg.Client({ connectionString: url.href });
  await reader.connect();
  const now = new Date();
  const range = { from: new Date(now.getTime() - 30 * 86_400_000), to: now };
  const wide = {
    wheel: ['-2', '-1', '0', '1', '2'],
    station: ['1', '2', '3', '4'],
    sector: ['1', '2', '12', '14'],
  };
  const one = { wheel: '0', station: '1', sector: '1' };
  const times: { where: string; median: number; worst: number; rows: number }[] = [];
  for (const { where, sql } of await allStatements()) {
    const variables = { run: '0', ...(sql.includes(':csv') ? wide : one) };
    const text = expand(sql, { range, intervalSeconds: 600, variables });
    const taken: number[] = [];
    let rows = 0;
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      const before = performance.now();
      rows = (await reader.query(text)).rowCount ?? 0;
      taken.push(performance.now() - before);
    }
    times.push({ where, median: median(taken), worst: Math.max(...taken), rows });
  }
  await reader.end();
  times.sort((a, b) => b.median - a.median);
  print(
    `${times.length} statements, ${times.filter(({ median }) => median > goalMs).length} over ${goalMs} ms; the slowest:`,
  );
  print('\n| statement | median, ms | worst, ms | rows |\n| --- | --: | --: | --: |');
  for (const { where, median, worst, rows } of times.slice(0, 15)) {
    print(`| ${where} | ${median.toFixed(1)} | ${worst.toFixed(1)} | ${rows} |`);
  }
}
