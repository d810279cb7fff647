import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { median, upperQuantile } from '@dtdqm/contract/numbers';
import { openStorage, type Storage } from '@dtdqm/worker/storage/storage';

/** What benches share: where they measure, how they time, and how they print it. */
export const write = (line: string) => process.stdout.write(`${line}\n`);

/** Where and beside what a figure was measured. */
export function machine(): string {
  return `${availableParallelism()} processors (${cpus()[0]?.model.trim()}), load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`;
}

/** A PostgreSQL of its own in a folder of its own, which go when it is closed. */
export async function openBenchStorage(): Promise<Storage & { directory: string }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'dtdqm-bench-'));
  const storage = await openStorage({
    dataDirectory: path.join(directory, 'data'),
    log: pino({ level: 'silent' }),
    connections: 4,
    // A thousand runs are written in a few statements.
    statementTimeoutMs: 600_000,
  });
  return {
    ...storage,
    directory,
    async close() {
      await storage.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Starts a server in a process of its own, so that its work does not count as ours; it ends when it is disconnected.
 *
 * @param program below bench/; tells its address with `process.send`.
 * @throws when it ends before it has told it.
 */
export async function startServer(
  program: string,
  ...args: string[]
): Promise<{ url: string; process: ChildProcess }> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), args, { execArgv: process.execArgv });
  const died = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${program} ended with ${String(code)}`)),
  );
  const [url] = (await Promise.race([once(child, 'message'), died])) as [string];
  died.catch(() => undefined);
  return { url, process: child };
}

/** One way to do something. The first of several is ours, with which the others are compared. */
export interface Way {
  what: string;
  work: () => unknown;
}

export interface Timed {
  what: string;
  /** ms. */
  median: number;
  least: number;
  /** How many times as long as ours. */
  ratio: number;
}

/**
 * Times ways to do the same in turn, round after round, so that whatever else the machine does meets all of them alike: times
 * on a busy machine are too long, the ratios hold.
 */
export async function sideBySide(ways: readonly Way[], rounds: number): Promise<Timed[]> {
  const times = ways.map((): number[] => []);
  for (const { work } of ways) await work();
  for (let round = 0; round < rounds; round++) {
    for (const [index, { work }] of ways.entries()) {
      const started = performance.now();
      await work();
      times[index]?.push(performance.now() - started);
    }
  }
  return ratios(ways.map(({ what }, index) => ({ what, times: times[index] ?? [] })));
}

/** The same from times that were taken elsewhere, in one run of the program and in turn. */
export function ratios(measured: readonly { what: string; times: readonly number[] }[]): Timed[] {
  const medians = measured.map(({ times }) => median(times));
  return measured.map(({ what, times }, index) => ({
    what,
    median: medians[index] ?? NaN,
    least: Math.min(...times),
    ratio: (medians[index] ?? NaN) / (medians[0] ?? NaN),
  }));
}

/**
 * A Markdown table.
 *
 * @param rates further columns, worked out from the median, ms.
 */
export function tableOf(
  title: string,
  timed: readonly Timed[],
  rates: Readonly<Record<string, (median: number) => string>> = {},
): string {
  const names = Object.keys(rates);
  return [
    `| ${[title, 'median', 'least', ...names, 'times ours'].join(' | ')} |`,
    `| --- |${' --: |'.repeat(names.length + 3)}`,
    ...timed.map(({ what, median, least, ratio }) => {
      const further = names.map((name) => rates[name]?.(median) ?? '');
      return `| ${[what, milliseconds(median), milliseconds(least), ...further, ratio.toPrecision(3)].join(' | ')} |`;
    }),
    '',
  ].join('\n');
}

function milliseconds(time: number): string {
  return `${time < 10 ? time.toFixed(2) : time < 100 ? time.toFixed(1) : time.toFixed(0)} ms`;
}

/** Wall clock and processor time of each round, ms, after one that is not counted: it reads from disk and warms up. */
async function timesOf(
  work: () => unknown,
  rounds: number,
): Promise<{ wall: number[]; processor: number[] }> {
  await work();
  const wall: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const start = performance.now();
    await work();
    wall.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
  }
  return { wall, processor };
}

/** Median of some rounds; ms, three digits. */
export async function medianTime(work: () => Promise<unknown>, rounds = 5): Promise<number> {
  return threeDigits(median((await timesOf(work, rounds)).wall));
}

export function threeDigits(value: number): number {
  return Number(value.toPrecision(3));
}

/** Prints wall clock and processor time of some work, least / median. */
export async function time(what: string, rounds: number, work: () => unknown): Promise<void> {
  const { wall, processor } = await timesOf(work, rounds);
  const milliseconds = (values: number[]) =>
    `${Math.min(...values).toFixed(1)} / ${median(values).toFixed(1)}`;
  write(`${what}: wall ${milliseconds(wall)} ms, processor ${milliseconds(processor)} ms (least / median)`);
}

/** `median | p95 | longest` of times in ms; none is left out. */
export function summary(times: readonly number[]): string {
  return [0.5, 0.95, 1].map((share) => `${upperQuantile(times, share).toFixed(1)} ms`).join(' | ');
}

/** Collects how long calls take, ms. */
export class Latencies {
  readonly name: string;
  readonly #values: number[] = [];

  constructor(name: string) {
    this.name = name;
  }

  async time<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.#values.push(performance.now() - start);
    return result;
  }

  /** One row of a Markdown table. */
  row(): string {
    const at = (share: number) => upperQuantile(this.#values, share).toFixed(1);
    return `| ${this.name} | ${this.#values.length} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} | ${at(1)} |`;
  }
}

export const latencyHeader =
  '| call | number | median, ms | p95, ms | p99, ms | greatest, ms |\n| --- | --: | --: | --: | --: | --: |';
