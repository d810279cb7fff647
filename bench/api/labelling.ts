import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { strategyNames } from '@dtdqm/contract';
import {
  Latencies,
  latencyHeader,
  machine,
  openBenchStorage,
  ratios,
  sideBySide,
  startServer,
  tableOf,
  write,
  type Timed,
} from '../harness.ts';
import { createExpert } from './expert.ts';
import { seedRuns } from './seed.ts';

/**
 * How long `next` and a label take with many chambers stored and twenty experts at work, over loopback sockets:
 * `npx tsx bench/api/labelling.ts [runs] [leases]`. Prints Markdown.
 *
 * "At work": each expert takes a quarter of a second to think, ten times as fast as people, and sometimes less and sometimes
 * more: with one and the same pause for all, experts that once waited together would ask together ever after. "Flat out": none
 * at all, so that twenty requests are always under way; its figures tell the throughput of the machine.
 */
const runs = Number(process.argv[2] ?? 1000);
const leases = Number(process.argv[3] ?? 4000);
const experts = 20;

const storage = await openBenchStorage();
const token = randomUUID();
const chambers = await seedRuns(storage.database, runs);
const { url, process: server } = await startServer('api/serverProcess.ts', storage.url, token);
const agent = new Agent({ keepAlive: true, maxSockets: experts });

write(`${chambers} chambers of ${runs} runs; ${experts} experts; at the start ${machine()}\n`);
await work(100, 0, new Latencies('warm-up'), new Latencies('warm-up'), strategyNames);

for (const [title, number, thinkMs, strategies] of [
  ['the default, at work', 1000, 250, [undefined]],
  ['margin asked for, at work', 1000, 250, ['margin']],
  ['committee asked for, at work', 1000, 250, ['committee']],
  ['all in turn, at work', 1000, 250, strategyNames],
  ['all in turn, flat out', leases, 0, strategyNames],
] as const) {
  const next = new Latencies(`next, ${title}`);
  const label = new Latencies(`label, ${title}`);
  const started = performance.now();
  const distinct = await work(number, thinkMs, next, label, strategies);
  const seconds = (performance.now() - started) / 1000;
  write(`${latencyHeader}\n${next.row()}\n${label.row()}\n`);
  write(
    `${title}: ${distinct} distinct chambers of ${number} leases in ${seconds.toFixed(1)} s, ${((2 * number) / seconds).toFixed(0)} calls a second\n`,
  );
}

write(tableOf('one expert alone: next', await besideNext()));
write(tableOf('one expert alone: label', await besideLabel()));

const { rows } = await storage.database.query<{ labelled: number; events: number }>(
  `select (select count(*)::integer from queue where state = 'labelled') as labelled, (select count(*)::integer from label_event) as events`,
);
write(`stored: ${rows[0]?.events} events, ${rows[0]?.labelled} chambers labelled`);

agent.destroy();
const ended = once(server, 'exit');
server.disconnect();
await ended;
await storage.close();

/** The lease beside a query that looks for the least certain chamber among all, as one would without a queue. */
function besideNext(): Promise<Timed[]> {
  const expert = createExpert(url, token, 'expert alone', agent);
  const way = `
    select s.run, s.wheel, s.station, s.sector from chamber_score s
    where not exists (select from label_event l where (l.run, l.wheel, l.station, l.sector) = (s.run, s.wheel, s.station, s.sector))
    order by (select min(abs(score - 0.5)) from unnest(s.scores) as score where score >= 0), random() limit 1`;
  return sideBySide(
    [
      { what: 'ours, over HTTP, leased', work: () => expert.next('margin') },
      { what: 'a query over all chambers, no HTTP, no lease', work: () => storage.database.query(way) },
    ],
    7,
  );
}

/** A label beside the bare insertion of one row, which is the floor: no HTTP, nobody checked, no queue, no other expert. */
async function besideLabel(): Promise<Timed[]> {
  const expert = createExpert(url, token, 'expert alone', agent);
  await storage.database.query(
    'create table bare_label (at timestamptz, expert text, chamber text, verdicts text[])',
  );
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let round = 0; round < 100; round++) {
    const lease = await expert.next('random');
    const started = performance.now();
    await expert.label(lease);
    const between = performance.now();
    await storage.database.query(
      `insert into bare_label values (now(), 'expert', 'chamber', array_fill('good'::text, array[12]))`,
    );
    times.bare.push(performance.now() - between);
    times.ours.push(between - started);
  }
  return ratios([
    { what: 'ours, over HTTP', times: times.ours },
    { what: 'a bare row inserted, no HTTP: the floor', times: times.bare },
  ]);
}

/** Experts lease and label in turn until so many are done. @returns how many distinct chambers that were. */
async function work(
  number: number,
  thinkMs: number,
  next: Latencies,
  label: Latencies,
  strategies: readonly (string | undefined)[],
): Promise<number> {
  const seen = new Set<string>();
  let left = number;
  const think = () => delay(thinkMs * (0.5 + Math.random()));
  await Promise.all(
    Array.from({ length: experts }, async (_, index) => {
      const expert = createExpert(url, token, `expert ${index}`, agent);
      await delay((thinkMs * index) / experts);
      while (left-- > 0) {
        const strategy = strategies[left % strategies.length];
        const lease = await next.time(() => expert.next(strategy));
        seen.add([lease.run, lease.wheel, lease.station, lease.sector].join('/'));
        if (thinkMs > 0) await think();
        await label.time(() => expert.label(lease));
      }
    }),
  );
  return seen.size;
}
