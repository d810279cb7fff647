import { pino } from 'pino';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { createScorer } from '@dtdqm/detector';
import { openBenchStorage, startServer, write } from '../harness.ts';

/**
 * How long one run takes over loopback, with the real client, scorer, model and embedded PostgreSQL:
 * `npx tsx bench/pipeline/oneRun.ts [runs]`. Prints a line a run and, at the end, the greatest resident memory.
 */
const dataset = 'Global/Online/ALL';
const log = pino({ level: 'warn' });

const { url, process: server } = await startServer('pipeline/simulatorProcess.ts');
const storage = await openBenchStorage();
const source = createDqmClient({ url, dialect: 'classic' });
const scorer = await createScorer();
let scoring = 0;
const { score } = scorer;
scorer.score = async (...asked) => {
  const began = performance.now();
  const verdicts = await score(...asked);
  scoring = performance.now() - began;
  return verdicts;
};
const pipeline = createPipeline({ database: storage.database, source, scorer, log, query: { dataset } });

const runs = (await source.listRuns({ dataset })).runs.slice(0, Number(process.argv[2] ?? 5)).reverse();
const marks = new Map<string, number>();
pipeline.events.on('event', (event) => marks.set(event.type, performance.now()));
for (const { run } of runs) {
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  await pipeline.fetchNow(run);
  const end = performance.now();
  // Threads included, the simulator's process not: this holds on a busy machine, where the other times do not.
  const cpu = process.cpuUsage(cpuBefore);
  const fetched = marks.get('fetching') ?? start;
  write(
    `run ${run}: fetch and parse ${seconds(fetched - start)}, score and explain ${seconds(scoring)}, store and the rest ${seconds(end - fetched - scoring)}, together ${seconds(end - start)}; processor time ${seconds((cpu.user + cpu.system) / 1000)}`,
  );
}
write(
  `model ${scorer.model} on ${scorer.backend}; greatest resident memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`,
);

await pipeline.stop();
await scorer.close();
await source.close();
await storage.close();
server.disconnect();

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
