import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { openStorage } from '@dtdqm/worker/storage/storage';
import { machine, startServer, threeDigits } from '../harness.ts';
import { timeStatements } from '../sql/statements.ts';
import { measureRetention, startIngest, tableSizes, timeApiCalls } from './figures.ts';
import { fillTo, type Filled } from './fillTo.ts';
import { growthTable, pictureOf, type Measured } from './report.ts';

/**
 * What many runs cost: sizes on disk, ingest of one more run, every reading call of the API and every statement of dashboards and
 * rules at several numbers of runs, and retention at the greatest: `npx tsx bench/scale/measure.ts [--json FILE]
 * [--picture FILE.svg] [runs ...]`.
 * Ten runs are simulated, fetched, scored and stored as ever; the others are copies of these under other numbers.
 *
 * Filling takes most of the time and needs no quiet machine: with `--data DIR --fill` it stops there, and with `--data DIR` alone
 * it measures one size and goes on from what is there. DIR stays.
 */
const { values: options, positionals } = parseArgs({
  options: {
    data: { type: 'string' },
    fill: { type: 'boolean' },
    json: { type: 'string' },
    picture: { type: 'string' },
    retention: { type: 'string' },
  },
  allowPositionals: true,
});
const sizes = positionals.map(Number).sort((a, b) => a - b);
if (sizes.length === 0) sizes.push(0, 100, 1000);
const log = pino({ level: 'silent' });
const dataDirectory = options.data ?? (await mkdtemp(path.join(tmpdir(), 'dtdqm-bench-')));
const storage = await openStorage({ dataDirectory, log, connections: 4, statementTimeoutMs: 600_000 });
const { database } = storage;
const notes = options.json ?? path.join(dataDirectory, 'scale.json');
try {
  for (const [index, runs] of sizes.entries()) {
    let filled: Filled | null = null;
    if (runs > 0) {
      filled = await fillTo(database, runs);
      process.stderr.write(`${runs} runs stored: ${JSON.stringify(filled)}\n`);
    }
    if (options.fill) continue;
    const isLast = index === sizes.length - 1 && runs > 0;
    await remember(await measureAt(runs, filled, isLast ? Number(options.retention ?? runs / 4) : 0));
    process.stderr.write(`${runs} runs measured\n`);
  }
  if (!options.fill) process.stdout.write(growthTable(await known()));
  if (options.picture !== undefined) await writeFile(options.picture, pictureOf(await known()));
} finally {
  await storage.close();
  if (options.data === undefined) await rm(dataDirectory, { recursive: true, force: true });
}

async function measureAt(runs: number, filled: Filled | null, old: number): Promise<Measured> {
  const load = loadavg()[0] ?? NaN;
  const ingest = await startIngest(database);
  const seconds = await ingest.measure();
  await ingest.close();
  const result: Measured = { runs, chambers: runs * 250, machine: machine(), load, filled, seconds };
  if (runs === 0) return result;
  result.sizes = await tableSizes(database, runs);
  result.api = await timeApi(runs);
  const statements = await timeStatements(storage.url, 3);
  result.statements = Object.fromEntries(statements.map(({ where, median }) => [where, threeDigits(median)]));
  if (old > 0) result.retention = await measureRetention(database, old);
  return result;
}

async function timeApi(runs: number): Promise<Record<string, number>> {
  const token = randomUUID();
  const { url, process: server } = await startServer('api/serverProcess.ts', storage.url, token);
  const agent = new Agent({ keepAlive: true });
  const { rows } = await database.query<{ incident: number; name: string }>(
    'select (select max(id) from incident) as incident, (select max(name) from model) as name',
  );
  const place = {
    run: Math.ceil(runs / 2),
    wheel: 1,
    station: 2,
    sector: 7,
    yesterday: Math.max(1, runs - 36),
  };
  const times = await timeApiCalls(url, token, agent, { ...place, ...rows[0] });
  agent.destroy();
  server.disconnect();
  return times;
}

/** Results of sizes that were measured before, in other calls too. */
async function known(): Promise<Measured[]> {
  const text = await readFile(notes, 'utf8').catch(() => '[]');
  return JSON.parse(text) as Measured[];
}

async function remember(measured: Measured): Promise<void> {
  const others = (await known()).filter(({ runs }) => runs !== measured.runs);
  const all = [...others, measured].sort((a, b) => a.runs - b.runs);
  await writeFile(notes, `${JSON.stringify(all, null, 2)}\n`);
}
