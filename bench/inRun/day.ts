import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mean, sumOf } from '@dtdqm/contract/numbers';
import { defaultLifeRule } from '@dtdqm/worker/pipeline/runLife';
import { machine, openBenchStorage, startServer, write } from '../harness.ts';
import type { Used } from './dayWorker.ts';

/**
 * Hours of runs in progress through the real client, pipeline, model, incidents and embedded PostgreSQL in accelerated time: all times of a run's
 * life are so many times as short, and runs of the simulated server in its own process go as much faster. After half of the time the worker is
 * killed, and another one goes on 10 minutes of theirs later. What it costs, an hour of data taking a row.
 * `node --import tsx bench/inRun/day.ts [hours] [speed]`
 */
const [hoursText = '24', speedText = '60'] = process.argv.slice(2);
const [hours, speed] = [Number(hoursText), Number(speedText)];
/** Of data taking, in ms of ours. */
const hourMs = 3_600_000 / speed;
const [killedAfter, awayMinutes] = [Math.floor(hours / 2), 10];

const { url, process: server } = await startServer('inRun/serverProcess.ts', speedText);
const storage = await openBenchStorage();
const { database } = storage;

/** Of runs that are over: nothing is lost, and nothing stored twice, where slices and runs have as many hits. */
const sumsOfRuns = `
  with inside as (
    select run, wheel, station, sector, sum(hits) as hits, count(gap) as gaps from chamber_slice group by run, wheel, station, sector
  )
  select array[r.run, (select count(*) from run_look l where l.run = r.run), sum(i.hits), sum(c.total_hits),
               count(*) filter (where i.hits is distinct from c.total_hits), sum(coalesce(i.gaps, 0))]::text[] as cells
  from run r
  join chamber c on c.run = r.run and c.state = 'present'
  left join inside i on (i.run, i.wheel, i.station, i.sector) = (c.run, c.wheel, c.station, c.sector)
  where r.life in ('settling', 'final') and exists (select from run_look l where l.run = r.run)
  group by r.run order by r.run`;

interface Figures extends Used {
  looks: number;
  requests: number;
  /** Of the database, and of what it holds of the inside of runs. */
  bytes: number;
  insideBytes: number;
  slices: number;
  changes: number;
}

write(
  `${hours} h at ${speed} times the speed of real runs: a look is due every ${defaultLifeRule.growingSeconds} s of theirs, ` +
    `${(defaultLifeRule.growingSeconds / speed).toFixed(2)} s of ours. The worker is killed after ${killedAfter} h, ` +
    `and another one starts ${awayMinutes} minutes of theirs later; ${machine()}.`,
);
write('');
write(
  '| hour | looks | requests a minute | requests a look | processor ms a look | resident MB | heap MB | slices | kB of looks and slices | kB of the database | changes |',
);
write(`|${' --: |'.repeat(11)}`);
let worker = await startWorker();
const started = performance.now();
let before = await figures();
const first = before;
const memory: { hour: number; residentMB: number; heapMB: number }[] = [];
let processorMs = 0;
for (let hour = 1; hour <= hours; hour++) {
  await delay(Math.max(0, started + hour * hourMs - performance.now()));
  const now = await figures();
  processorMs += now.processorMs - before.processorMs;
  write(rowOf(String(hour), before, now, 1, now.processorMs - before.processorMs));
  memory.push({ hour, ...now });
  before = now;
  if (hour !== killedAfter) continue;
  worker.kill('SIGKILL');
  await delay((awayMinutes * hourMs) / 60);
  // A lease lasts as long as ever: of theirs that would be hours.
  await database.query(`update run set lease_until = now() where lease_until is not null`);
  worker = await startWorker();
  before = { ...now, ...(await usedBy(worker)) };
}
write(rowOf('all', first, before, hours, processorMs));
write('');
for (const [name, part] of [
  ['before the kill', memory.slice(2, killedAfter)],
  ['after it', memory.slice(killedAfter + 2)],
] as const) {
  const slope = (of: 'residentMB' | 'heapMB') =>
    slopeOf(part.map(({ hour, [of]: value }) => ({ x: hour, y: value }))).toFixed(2);
  write(
    `Memory ${name}, from the third hour on: resident ${slope('residentMB')} MB an hour of theirs, heap ${slope('heapMB')}.`,
  );
}
write('');
write('| run | looks | hits of slices | hits of the run | chambers that differ | gaps |');
write('| --: | --: | --: | --: | --: | --: |');
for (const { cells } of (await database.query<{ cells: string[] }>(sumsOfRuns)).rows)
  write(`| ${cells.join(' | ')} |`);
worker.disconnect();
await once(worker, 'exit');
await storage.close();
server.disconnect();

async function startWorker(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('dayWorker.ts', import.meta.url)), [storage.url, url, speedText], {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  await once(child, 'message');
  return child;
}

async function usedBy(child: ChildProcess): Promise<Used> {
  child.send('used');
  return ((await once(child, 'message')) as [Used])[0];
}

async function figures(): Promise<Figures> {
  const { rows } = await database.query<Omit<Figures, 'requests' | keyof Used>>(
    `select (select count(*)::integer from run_look) as looks, (select count(*)::integer from chamber_slice) as slices,
            (select count(*)::integer from run_change) as changes, pg_database_size(current_database())::double precision as bytes,
            (select sum(pg_total_relation_size(c.oid))::double precision from pg_class c
             where c.relname ~ '^(run_look|run_change|chamber_slice(_\\w+)?)$' and c.relkind = 'r') as "insideBytes"`,
  );
  const asked = (await (await fetch(new URL('/control', url))).json()) as { requests: { total: number } };
  return { ...rows[0]!, requests: asked.requests.total, ...(await usedBy(worker)) };
}

function rowOf(name: string, from: Figures, to: Figures, length: number, processor: number): string {
  const looks = to.looks - from.looks;
  const requests = to.requests - from.requests;
  const cells = [
    name,
    looks,
    (requests / (60 * length)).toFixed(0),
    looks === 0 ? '-' : (requests / looks).toFixed(0),
    looks === 0 ? '-' : (processor / looks).toFixed(0),
    to.residentMB.toFixed(0),
    to.heapMB.toFixed(0),
    to.slices - from.slices,
    ((to.insideBytes - from.insideBytes) / 1000).toFixed(0),
    ((to.bytes - from.bytes) / 1000).toFixed(0),
    to.changes - from.changes,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Of the straight line that fits best. */
function slopeOf(points: readonly { x: number; y: number }[]): number {
  const [x, y] = [mean(points.map((each) => each.x)), mean(points.map((each) => each.y))];
  return sumOf(points, (each) => (each.x - x) * (each.y - y)) / sumOf(points, (each) => (each.x - x) ** 2);
}
