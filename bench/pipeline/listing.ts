import { execFile } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { machine, startServer, write } from '../harness.ts';

/**
 * What a listing of very many runs costs the worker: `npx tsx bench/pipeline/listing.ts`. Prints Markdown. Each is asked for once by a
 * process of its own; time is that of its processor, memory its greatest resident size above what it had before, and the block how long
 * nothing else ran in it.
 */
const [dialect, runs] = process.argv.slice(2);
if (dialect === 'classic' || dialect === 'new') await measure(dialect, Number(runs));
else await compare();

async function compare(): Promise<void> {
  write(`A listing of many runs. ${machine()}\n`);
  write(
    '| dialect | runs | came | processor | memory | longest block |\n| --- | --: | --- | --: | --: | --: |',
  );
  for (const runs of ['175000', '1000000']) {
    for (const dialect of ['classic', 'new']) {
      const itself = [...process.execArgv, process.argv[1]!, dialect, runs];
      const { stdout } = await promisify(execFile)(process.execPath, itself);
      write(stdout.trim());
    }
  }
}

async function measure(dialect: 'classic' | 'new', runs: number): Promise<void> {
  const rules = JSON.stringify([{ path: 'samples', action: { do: 'huge-listing', runs } }]);
  const { url, process: server } = await startServer('pipeline/simulatorProcess.ts', rules);
  const client = createDqmClient({ url, dialect, timeoutMs: 120_000 });
  const memory = () => process.resourceUsage().maxRSS / 1024;
  const before = memory();
  const processor = process.cpuUsage();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const came = await client.listRuns({ dataset: 'Global/Online/ALL' }).then(
    (listing) => `${listing.runs.length} runs`,
    (fault: Error) => fault.message,
  );
  const { user, system } = process.cpuUsage(processor);
  // What ended just now is counted at the next tick.
  await pause(50);
  const block = (delay.max / 1e9).toFixed(2);
  const seconds = ((user + system) / 1e6).toFixed(2);
  write(
    `| ${dialect} | ${runs} | ${came} | ${seconds} s | ${(memory() - before).toFixed(0)} MB | ${block} s |`,
  );
  await client.close();
  server.disconnect();
}
