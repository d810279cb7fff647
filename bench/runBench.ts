import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Bench } from './list.ts';

export interface BenchResult {
  name: string;
  title: string;
  /** How to have it again. */
  command: string;
  at: string;
  machine: string;
  /** Mean number of processes that wanted a processor, before and after: above the number of processors, times say little. */
  load: [before: number, after: number];
  seconds: number;
  exitCode: number | null;
  /** JSON or Markdown, as the bench prints it. */
  output: string;
}

/** Runs one bench in a process of its own, as it would be by hand. */
export async function runBench({ name, title, command: [file, ...args] }: Bench): Promise<BenchResult> {
  const script = fileURLToPath(new URL(file, import.meta.url));
  const before = loadavg()[0] ?? 0;
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return {
    name,
    title,
    command: ['npx tsx', `bench/${file}`, ...args].join(' '),
    at: new Date().toISOString(),
    machine: `${availableParallelism()} processors (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`,
    load: [rounded(before), rounded(loadavg()[0] ?? 0)],
    seconds: rounded((performance.now() - started) / 1000),
    exitCode,
    output: output.trim(),
  };
}
