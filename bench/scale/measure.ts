import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { SimulatedDetector } from '@dtdqm/simulator/sources';
import { startSimulator } from '@dtdqm/simulator/server';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { createScorer } from '@dtdqm/worker/scoring/createScorer';
import { openStorage } from '@dtdqm/worker/storage/storage';
import { multiplyRuns } from './multiplyRuns.ts';
import { queries } from './queries.ts';

/**
 * What many runs cost: size of every table and time of the queries behind pages and panels, at several numbers of runs:
 * `npx tsx bench/scale/measure.ts [runs ...]`. Ten runs are simulated, fetched, scored and stored as ever; the others
 * are copies of these under other numbers. Prints one JSON object.
 */
const dataset = 'Global/Online/ALL';
const templates = 10;
const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(100, 1000);

const log = pino({ level: 'silent' });
const dataDirectory = await mkdtemp(path.join(tmpdir(), 'dtdqm-bench-'));
const storage = await openStorage({ dataDirectory, log, connections: 4, statementTimeoutMs: 600_000 });
const { database } = storage;
try {
  await fillTemplates();
  const results = [];
  for (const runs of sizes.toSorted((a, b) => a - b)) {
    const started = performance.now();
    const added = await multiplyRuns(database, runs);
    const seconds = (performance.now() - started) / 1000;
    await database.query('vacuum analyze');
    results.push({
      runs,
      chambers: runs * 250,
      copiedPerSecond: round(added / seconds),
      ...(await tableSizes(runs)),
      milliseconds: await timeQueries(),
    });
    process.stderr.write(`${runs} runs measured\n`);
  }
  process.stdout.write(
    `${JSON.stringify({ bench: 'scale', load: loadavg()[0], node: process.version, results }, null, 2)}\n`,
  );
} finally {
  await storage.close();
  await rm(dataDirectory, { recursive: true, force: true });
}

async function fillTemplates(): Promise<void> {
  const simulator = await startSimulator({ source: new SimulatedDetector({ runs: templates, firstRun: 1 }) });
  const source = createDqmClient({ url: simulator.url, dialect: 'classic' });
  const scorer = await createScorer();
  const pipeline = createPipeline({ database, source, scorer, log, query: { dataset } });
  for (let run = 1; run <= templates; run++) await pipeline.fetchNow(run);
  await pipeline.stop();
  await scorer.close();
  await source.close();
  await simulator.close();
}

async function tableSizes(runs: number) {
  const { rows } = await database.query<{ name: string; data: number; indexes: number }>(
    `select relname as name, (pg_table_size(oid))::float8 as data, pg_indexes_size(oid)::float8 as indexes
     from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and pg_total_relation_size(oid) > 65536
     order by pg_total_relation_size(oid) desc`,
  );
  const bytes = rows.reduce((sum, { data, indexes }) => sum + data + indexes, 0);
  const tables = Object.fromEntries(
    rows.map(({ name, data, indexes }) => [
      name,
      { kilobytesPerRun: round(data / runs / 1000), ofThemIndexes: round(indexes / runs / 1000) },
    ]),
  );
  return { megabytes: round(bytes / 1e6), kilobytesPerRun: round(bytes / runs / 1000), tables };
}

/** Median of several, ms; the first, which reads from disk, is not counted. */
async function timeQueries(): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const [name, ask] of Object.entries(queries)) {
    const taken: number[] = [];
    for (let round = 0; round < 6; round++) {
      const started = performance.now();
      await ask(database);
      taken.push(performance.now() - started);
    }
    times[name] = round(taken.slice(1).sort((a, b) => a - b)[2] ?? NaN);
  }
  return times;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
