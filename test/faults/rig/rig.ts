import { setTimeout as delay } from 'node:timers/promises';
import { startSimulator, type Simulator } from '@dtdqm/simulator/server';
import type { PipelineEvent } from '@dtdqm/worker/pipeline/events';
import type { Database } from '@dtdqm/worker/storage/database';
import { nextJudgedEarly } from '@dtdqm/worker/storage/past';
import { MemorySource } from '../../pipeline/memorySource.ts';
import { createTestDatabase } from '../../postgres/database.ts';
import { startWorker, type WorkerOptions, type WorkerProcess } from './workers.ts';

/** What a run costs the DQM server when all goes well: its histograms, and when it began. */
export const requestsOfRun = 251;

export interface FaultRig {
  database: Database;
  databaseUrl: string;
  simulator: Simulator;
  worker(onEvent?: (event: PipelineEvent) => void, options?: WorkerOptions): WorkerProcess;
  close(): Promise<void>;
}

/**
 * Runs 1..`runs` on a simulated DQM server, a database of their own, and workers to be killed.
 *
 * @param prepare changes what the runs hold.
 */
export async function openRig(
  runs: number,
  prepare: (source: MemorySource) => void = () => undefined,
): Promise<FaultRig> {
  const source = new MemorySource();
  for (let run = 1; run <= runs; run++) source.set(run);
  prepare(source);
  const simulator = await startSimulator({ source });
  const test = await createTestDatabase();
  const workers: WorkerProcess[] = [];
  return {
    database: test.database,
    databaseUrl: test.url,
    simulator,
    worker(onEvent, options) {
      const worker = startWorker(test.url, simulator.url, onEvent, options);
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.kill()));
      await simulator.close();
      await test.drop();
    },
  };
}

/** Waits until so many runs are finished. @throws after `seconds` without progress. */
export async function finished(database: Database, runs: number, seconds = 180): Promise<void> {
  let most = -1;
  for (let last = performance.now(); ; await delay(250)) {
    const now = await countFinished(database);
    // A run that came before an older one is judged again beside it: who looks before that sees another.
    if (now >= runs && (await nextJudgedEarly(database)) === null) return;
    if (now > most) last = performance.now();
    most = Math.max(most, now);
    if (performance.now() - last > seconds * 1000) {
      throw new Error(`${now} of ${runs} runs finished, and none in the last ${seconds} s`);
    }
  }
}

export async function countFinished(database: Database): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::integer as count from run where status = 'FINISHED' and lease_owner is null`,
  );
  return rows[0]?.count ?? 0;
}
