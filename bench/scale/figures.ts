import { median, sum } from '@dtdqm/contract/numbers';
import type { Database } from '@dtdqm/worker/storage/database';
import { deleteRun } from '@dtdqm/worker/storage/runs';
import { medianTime, startServer, threeDigits } from '../harness.ts';
import { readFile } from 'node:fs/promises';
import { type Agent, request } from 'node:http';
import { pino } from 'pino';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { createScorer } from '@dtdqm/detector';

/** Bytes of all tables and their indexes, in all and by run, the greatest first. */
export async function tableSizes(database: Database, runs: number) {
  const { rows } = await database.query<{ name: string; data: number; indexes: number }>(
    `select relname as name, (pg_table_size(oid))::float8 as data, pg_indexes_size(oid)::float8 as indexes
     from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and pg_total_relation_size(oid) > 65536
     order by pg_total_relation_size(oid) desc`,
  );
  const bytes = rows.reduce((sum, { data, indexes }) => sum + data + indexes, 0);
  const tables = Object.fromEntries(
    rows.map(({ name, data, indexes }) => [
      name,
      {
        kilobytesPerRun: threeDigits(data / runs / 1000),
        ofThemIndexes: threeDigits(indexes / runs / 1000),
      },
    ]),
  );
  return {
    megabytes: threeDigits(bytes / 1e6),
    kilobytesPerRun: threeDigits(bytes / runs / 1000),
    tables,
  };
}

/** Forgets the reasons for the scores of the oldest runs, as deploy/backup/retention.sh does, and deletes some runs whole. */
export async function measureRetention(database: Database, old: number, deleted = 20) {
  await database.query(
    `update run set fetched_at = now() - interval '200 days' where run in (select run from run order by run limit $1)`,
    [old],
  );
  const before = await scoreBytes(database);
  const steps: number[] = [];
  for (;;) {
    const started = performance.now();
    const { rows } = await database.query<{ runs: number }>(`select drop_saliency('180 days') as runs`);
    if (rows[0]?.runs === 0) break;
    steps.push(performance.now() - started);
  }
  const forgotten = await scoreBytes(database);
  const vacuuming = performance.now();
  await database.query('vacuum analyze chamber_score');
  const vacuumed = performance.now();
  const reusable = await scoreBytes(database);
  await database.query('vacuum full chamber_score');
  const rewritten = performance.now();
  const after = await scoreBytes(database);
  const { rows: oldest } = await database.query<{ run: number }>(
    'select run from run order by run limit $1',
    [deleted],
  );
  const deleting = performance.now();
  for (const { run } of oldest) await deleteRun(database, run);
  return {
    runs: old,
    seconds: seconds(sum(steps)),
    firstStepOf20: seconds(steps[0] ?? NaN),
    lastStepOf20: seconds(steps.at(-1) ?? NaN),
    vacuumSeconds: seconds(vacuumed - vacuuming),
    vacuumFullSeconds: seconds(rewritten - vacuumed),
    megabytes: {
      before: megabytes(before),
      afterForgetting: megabytes(forgotten),
      afterVacuum: megabytes(reusable),
      afterVacuumFull: megabytes(after),
    },
    kilobytesGivenBackPerRun: threeDigits((before - after) / old / 1000),
    deletionSecondsPerRun: seconds((performance.now() - deleting) / deleted),
  };
}

async function scoreBytes(database: Database): Promise<number> {
  const { rows } = await database.query<{ bytes: number }>(
    `select pg_total_relation_size('chamber_score')::float8 as bytes`,
  );
  return rows[0]?.bytes ?? NaN;
}

const seconds = (milliseconds: number) => threeDigits(milliseconds / 1000);
const megabytes = (bytes: number) => Math.round(bytes / 1e6);

interface OpenApi {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string; required?: boolean }[] }>>;
}

/** What parameters are filled with. The run in the middle of all is asked for, so that it is not the newest in the cache. */
type Parameters = Readonly<Record<string, string | number>>;

const leftOut = [
  // Never ends, which is its purpose.
  '/api/v1/runs/events',
  // Write although they are GET, as the original's do.
  '/data/reevaluate',
  '/eval/next',
  '/eval/skip/{run}/{wheel}/{sector}/{station}',
  // Works out what is not stored, in a process that has a model.
  '/api/v1/chambers/{run}/{wheel}/{sector}/{station}/steps',
  '/visualize/{run}/{wheel}/{sector}/{station}',
];

/**
 * Times every call of the API that only reads, over HTTP with all of its body: the list is made from the OpenAPI document, so that a
 * new one cannot be forgotten.
 *
 * @returns ms by method and path.
 * @throws {Error} for an answer that is not 200: its time would tell nothing.
 */
export async function timeApiCalls(
  url: string,
  token: string,
  agent: Agent,
  parameters: Parameters,
): Promise<Record<string, number>> {
  const file = new URL('../../contract/openapi.json', import.meta.url);
  const { paths } = JSON.parse(await readFile(file, 'utf8')) as OpenApi;
  const times: Record<string, number> = {};
  for (const [path, { get: call }] of Object.entries(paths)) {
    if (call === undefined || leftOut.includes(path)) continue;
    const address = addressOf(path, call.parameters ?? [], parameters);
    times[`GET ${path}`] = await medianTime(() => get(url + address, token, agent));
  }
  return times;
}

function addressOf(
  path: string,
  asked: readonly { name: string; in: string; required?: boolean }[],
  parameters: Parameters,
): string {
  const value = (name: string) => {
    if (parameters[name] === undefined) throw new Error(`${path}: nothing to fill ${name} with`);
    return encodeURIComponent(String(parameters[name]));
  };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => value(name));
  if (path.startsWith('/api/v1/incidents/report')) return `${filled}?run=${value('yesterday')}`;
  const query = asked
    .filter(({ in: place, required }) => place === 'query' && required)
    .map(({ name }) => `${name}=${value(name)}`);
  return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
}

function get(address: string, token: string, agent: Agent): Promise<void> {
  const headers = {
    Authorization: `Bearer ${token}`,
    'X-Grafana-User': 'bench',
    'X-Dtdqm-Role': 'Admin',
  };
  return new Promise((resolve, reject) => {
    request(address, { agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${address}: ${response.statusCode} ${Buffer.concat(chunks).toString()}`));
      });
    })
      .on('error', reject)
      .end();
  });
}

const dataset = 'Global/Online/ALL';

interface Ingest {
  /**
   * Fetches, scores, explains and stores runs as ever, after all that are stored, takes them into the ledger, and deletes them
   * again.
   *
   * @returns medians, seconds.
   */
  measure(): Promise<{ ingest: number; ledger: number }>;
  close(): Promise<void>;
}

/** The real client, scorer and pipeline against a simulator in a process of its own; warm from a first run on. */
export async function startIngest(database: Database, runs = 5): Promise<Ingest> {
  const { url, process: server } = await startServer('pipeline/simulatorProcess.ts');
  const source = createDqmClient({ url, dialect: 'classic' });
  const scorer = await createScorer();
  const log = pino({ level: 'silent' });
  const pipeline = createPipeline({ database, source, scorer, log, query: { dataset } });
  const listed = (await source.listRuns({ dataset })).runs.map(({ run }) => run).sort((a, b) => a - b);
  const [first = 0, ...others] = listed.slice(0, runs + 1);
  await pipeline.fetchNow(first);
  await deleteRun(database, first);
  return {
    async measure() {
      const times = { ingest: [] as number[], ledger: [] as number[] };
      for (const run of others) {
        const started = performance.now();
        await pipeline.fetchNow(run);
        const stored = performance.now();
        await updateIncidents(database);
        times.ledger.push(performance.now() - stored);
        times.ingest.push(stored - started);
      }
      for (const run of others) await deleteRun(database, run);
      await updateIncidents(database);
      const seconds = (times: number[]) => threeDigits(median(times) / 1000);
      return { ingest: seconds(times.ingest), ledger: seconds(times.ledger) };
    },
    async close() {
      await pipeline.stop();
      await scorer.close();
      await source.close();
      server.disconnect();
    },
  };
}
