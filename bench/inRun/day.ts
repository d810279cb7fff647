import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { allChambers } from '@dtdqm/contract';
import { mean, sumOf } from '@dtdqm/contract/numbers';
import { defaultLifeRule } from '@dtdqm/worker/pipeline/runLife';
import { machine, openBenchStorage, startServer, write } from '../harness.ts';
import type { Used } from './dayWorker.ts';

/**
 * Hours of runs in progress through the real client, pipeline, model, incidents and embedded PostgreSQL, with lumisection plots at the server. Time is
 * accelerated as far as it goes: server and worker, each in its own process, share a clock that moves on by 45 s when all that is due is done, so that
 * every look comes when it would. Amid a look after a quarter of the hours the worker is killed; another one goes on 10 minutes later. Of the chambers
 * one in so many is there: what a look costs goes with their number. What is measured, an hour of data taking a row.
 * `node --import tsx bench/inRun/day.ts [hours] [one chamber in so many] [minutes that it may take]`
 */
const [hoursText = '24', oneIn = '20', minutes = '22'] = process.argv.slice(2);
const hours = Number(hoursText);
const stepSeconds = defaultLifeRule.growingSeconds;
const stepsAnHour = 3600 / stepSeconds;
const [killedAfter, awayMinutes] = [Math.ceil(hours / 4), 10];
const chambers = Math.ceil(allChambers.length / Number(oneIn));

// It ends about now: a run cannot have begun after the database looks at it.
let clock = Date.now() - (hours + 1) * 3_600_000;
const { url, process: server } = await startServer('inRun/serverProcess.ts', String(clock));
const storage = await openBenchStorage();
const { database } = storage;
let { worker, died } = await startWorker();

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
  filled: number;
  requests: number;
  /** Of the database, and of what it holds of the inside of runs. */
  bytes: number;
  insideBytes: number;
  slices: number;
  changes: number;
}

write(
  `${hours} h of data taking, a look every ${stepSeconds} s, ${chambers} of 250 chambers. The worker is killed amid a look after ${killedAfter} h, ` +
    `and another one starts ${awayMinutes} minutes later; ${machine()}.`,
);
write('');
write(
  '| hour | looks | filled in | requests a look | processor ms a look | resident MB | heap MB | slices | kB of looks and slices | kB of the database | changes |',
);
write(`|${' --: |'.repeat(11)}`);
const started = performance.now();
const memory: { hour: number; residentMB: number; heapMB: number }[] = [];
let used = await step();
let before = await figures();
const first = before;
let processorMs = 0;
let hour = 1;
for (; hour <= hours && performance.now() - started < Number(minutes) * 60_000; hour++) {
  for (let index = 0; index < stepsAnHour; index++) used = await step();
  const now = await figures();
  processorMs += now.processorMs - before.processorMs;
  write(rowOf(String(hour), before, now, now.processorMs - before.processorMs));
  memory.push({ hour, ...now });
  before = now;
  if (hour !== killedAfter) continue;
  await pass(stepSeconds);
  worker.send(clock);
  // A look takes longer.
  await delay(100);
  worker.kill('SIGKILL');
  await died.catch(() => undefined);
  await pass(awayMinutes * 60);
  // A lease lasts as long as ever, by the clock of the machine.
  await database.query('update run set lease_until = now() where lease_until is not null');
  ({ worker, died } = await startWorker());
  used = { processorMs: 0, residentMB: 0, heapMB: 0 };
  before = { ...now, ...used };
}
hour -= 1;
write(rowOf('all', first, before, processorMs));
write('');
const seconds = (performance.now() - started) / 1000;
write(
  `${hour} h passed in ${(seconds / 60).toFixed(1)} minutes: ${((hour * 3600) / seconds).toFixed(0)} times as fast as they do.`,
);
for (const [name, part] of [
  ['before the kill', memory.slice(1, killedAfter)],
  ['after it', memory.slice(killedAfter + 1)],
] as const) {
  if (part.length < 2) continue;
  const slope = (of: 'residentMB' | 'heapMB') =>
    slopeOf(part.map(({ hour, [of]: value }) => ({ x: hour, y: value }))).toFixed(2);
  write(
    `Memory ${name}, from its second hour on: resident ${slope('residentMB')} MB an hour, heap ${slope('heapMB')} MB.`,
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

/** Lets the time pass: the clock of server and client, and what the lives of runs remember, as the database's own cannot be moved. */
async function pass(seconds: number): Promise<void> {
  clock += seconds * 1000;
  server.send(clock);
  await once(server, 'message');
  await database.query(
    `update run set life_since = life_since - past, grew_at = grew_at - past, over_at = over_at - past,
                    looked_at = looked_at - past, look_at = look_at - past
     from make_interval(secs => $1) as past`,
    [seconds],
  );
}

/** 45 s in the life of a worker. @throws when it dies meanwhile. */
async function step(): Promise<Used> {
  await pass(stepSeconds);
  worker.send(clock);
  return ((await Promise.race([once(worker, 'message'), died])) as [Used])[0];
}

async function startWorker(): Promise<{ worker: ChildProcess; died: Promise<never> }> {
  const child = fork(fileURLToPath(new URL('dayWorker.ts', import.meta.url)), [storage.url, url, oneIn], {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  const died = once(child, 'exit').then(() => Promise.reject(new Error('the worker died')));
  died.catch(() => undefined);
  await Promise.race([once(child, 'message'), died]);
  return { worker: child, died };
}

async function figures(): Promise<Figures> {
  const { rows } = await database.query<Omit<Figures, 'requests' | keyof Used>>(
    `select (select count(*)::integer from run_look where filled is null) as looks, (select count(*)::integer from run_look where filled is not null) as filled, (select count(*)::integer from chamber_slice) as slices,
            (select count(*)::integer from run_change) as changes, pg_database_size(current_database())::double precision as bytes,
            (select sum(pg_total_relation_size(c.oid))::double precision from pg_class c
             where c.relname ~ '^(run_look|run_change|chamber_slice(_\\w+)?)$' and c.relkind = 'r') as "insideBytes"`,
  );
  const asked = (await (await fetch(new URL('/control', url))).json()) as { requests: { total: number } };
  return { ...rows[0]!, requests: asked.requests.total, ...used };
}

function rowOf(name: string, from: Figures, to: Figures, processor: number): string {
  const looks = to.looks - from.looks;
  const requests = to.requests - from.requests;
  const cells = [
    name,
    looks,
    to.filled - from.filled,
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
