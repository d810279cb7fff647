import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { strategyNames } from '@dtdqm/contract';
import { openStorage } from '@dtdqm/worker/storage/storage';
import { createExpert } from './expert.ts';
import { Latencies, latencyHeader } from './latencies.ts';
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
const write = (line: string) => process.stdout.write(`${line}\n`);

const dataDirectory = await mkdtemp(path.join(tmpdir(), 'dtdqm-bench-'));
const storage = await openStorage({ dataDirectory, log: pino({ level: 'silent' }), connections: 4 });
const token = randomUUID();
const chambers = await seedRuns(storage.database, runs);
const server = fork(fileURLToPath(new URL('./serverProcess.ts', import.meta.url)), [storage.url, token], {
  execArgv: process.execArgv,
});
const died = once(server, 'exit').then(([code]) =>
  Promise.reject(new Error(`the server ended with ${String(code)}`)),
);
const [url] = (await Promise.race([once(server, 'message'), died])) as [string];
const agent = new Agent({ keepAlive: true, maxSockets: experts });

write(
  `${chambers} chambers of ${runs} runs; ${experts} experts; ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), load ${loadavg()[0]?.toFixed(1)} at the start; Node ${process.version}\n`,
);
await work(100, 0, new Latencies('warm-up'), new Latencies('warm-up'));

for (const [title, number, thinkMs] of [
  ['at work', 1000, 250],
  ['flat out', leases, 0],
] as const) {
  const next = new Latencies(`next, ${title}`);
  const label = new Latencies(`label, ${title}`);
  const started = performance.now();
  const distinct = await work(number, thinkMs, next, label);
  const seconds = (performance.now() - started) / 1000;
  write(`${latencyHeader}\n${next.row()}\n${label.row()}\n`);
  write(
    `${title}: ${distinct} distinct chambers of ${number} leases in ${seconds.toFixed(1)} s, ${((2 * number) / seconds).toFixed(0)} calls a second\n`,
  );
}

const { rows } = await storage.database.query<{ labelled: number; events: number }>(
  `select (select count(*)::integer from queue where state = 'labelled') as labelled, (select count(*)::integer from label_event) as events`,
);
write(`stored: ${rows[0]?.events} events, ${rows[0]?.labelled} chambers labelled`);

agent.destroy();
server.disconnect();
await died.catch(() => undefined);
await storage.close();
await rm(dataDirectory, { recursive: true, force: true });

/** Experts lease and label in turn until so many are done. @returns how many distinct chambers that were. */
async function work(number: number, thinkMs: number, next: Latencies, label: Latencies): Promise<number> {
  const seen = new Set<string>();
  let left = number;
  const think = () => delay(thinkMs * (0.5 + Math.random()));
  await Promise.all(
    Array.from({ length: experts }, async (_, index) => {
      const expert = createExpert(url, token, `expert ${index}`, agent);
      await delay((thinkMs * index) / experts);
      while (left-- > 0) {
        const strategy = strategyNames[left % strategyNames.length] as string;
        const lease = await next.time(() => expert.next(strategy));
        seen.add([lease.run, lease.wheel, lease.station, lease.sector].join('/'));
        if (thinkMs > 0) await think();
        await label.time(() => expert.label(lease));
      }
    }),
  );
  return seen.size;
}
