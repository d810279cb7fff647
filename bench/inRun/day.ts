import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { createScorer } from '@dtdqm/detector';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { defaultLifeRule, type LifeRule } from '@dtdqm/worker/pipeline/runLife';
import type { Database } from '@dtdqm/worker/storage/database';
import { machine, openBenchStorage, startServer, write } from '../harness.ts';

/**
 * Hours of runs in progress through the real client, pipeline, model and embedded PostgreSQL in accelerated time: all times of a run's life are
 * so many times as short, and runs of the simulated server in its own process go as much faster. What it costs, an hour of data taking a row.
 * `node --import tsx bench/inRun/day.ts [hours] [speed]`
 */
const [hours = '24', speedText = '20'] = process.argv.slice(2);
const speed = Number(speedText);
const dataset = 'Global/Online/ALL';
const log = pino({ level: 'warn' });

const { url, process: server } = await startServer('inRun/serverProcess.ts', speedText);
const storage = await openBenchStorage();
const { database } = storage;
const source = createDqmClient({ url, dialect: 'new', requestsPerSecond: 5000, burst: 500 });
const scorer = await createScorer();
const lifeRule = Object.fromEntries(
  Object.entries(defaultLifeRule).map(([name, seconds]: [string, number]) => [name, seconds / speed]),
) as unknown as LifeRule;
const pipeline = createPipeline({ database, source, scorer, log, query: { dataset }, lifeRule });

interface Figures {
  looks: number;
  requests: number;
  processorMs: number;
  bytes: number;
  slices: number;
  changes: number;
}

write(
  `${hours} h at ${speed} times the speed of real runs, looks every ${defaultLifeRule.growingSeconds} s of theirs; ${machine()}.`,
);
write('');
write(
  '| hour | looks | requests a minute | processor ms a look | resident MB | heap MB | slices | kB of slices | changes |',
);
write('| --: | --: | --: | --: | --: | --: | --: | --: | --: |');
await pipeline.start();
let before = await figures();
const first = before;
const started = performance.now();
for (let hour = 1; hour <= Number(hours); hour++) {
  const end = started + (hour * 3_600_000) / speed;
  while (performance.now() < end) {
    // The schedule looks for new runs every real minute.
    pipeline.discoverNow();
    await delay(Math.min(60_000 / speed, Math.max(0, end - performance.now())));
  }
  const now = await figures();
  write(rowOf(String(hour), before, now, 1));
  before = now;
}
write(rowOf('all', first, before, Number(hours)));
await pipeline.stop();
await scorer.close();
await source.close();
await storage.close();
server.disconnect();

async function figures(): Promise<Figures> {
  const { user, system } = process.cpuUsage();
  const { rows } = await database.query<Omit<Figures, 'requests' | 'processorMs'>>(
    `select (select count(*)::integer from run_look) as looks, (select count(*)::integer from chamber_slice) as slices,
            (select count(*)::integer from run_change) as changes`,
  );
  const asked = (await (await fetch(new URL('/control', url))).json()) as { requests: { total: number } };
  return {
    ...rows[0]!,
    bytes: await bytesOfSlices(database),
    requests: asked.requests.total,
    processorMs: (user + system) / 1000,
  };
}

/** Of all partitions with their indexes. */
async function bytesOfSlices(db: Database): Promise<number> {
  const { rows } = await db.query<{ bytes: number }>(
    `select sum(pg_total_relation_size(inhrelid))::double precision as bytes from pg_inherits where inhparent = 'chamber_slice'::regclass`,
  );
  return rows[0]!.bytes;
}

function rowOf(name: string, from: Figures, to: Figures, length: number): string {
  const looks = to.looks - from.looks;
  const { rss, heapUsed } = process.memoryUsage();
  const cells = [
    name,
    looks,
    ((to.requests - from.requests) / (60 * length)).toFixed(0),
    looks === 0 ? '-' : ((to.processorMs - from.processorMs) / looks).toFixed(0),
    (rss / 1e6).toFixed(0),
    (heapUsed / 1e6).toFixed(0),
    to.slices - from.slices,
    ((to.bytes - from.bytes) / 1000).toFixed(0),
    to.changes - from.changes,
  ];
  return `| ${cells.join(' | ')} |`;
}
