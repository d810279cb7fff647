import { startSimulator, type Rule, type Simulator } from '@dtdqm/simulator/server';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import type { OccupancySource } from '@dtdqm/worker/dqm/source';
import type { PipelineEvent } from '@dtdqm/worker/pipeline/events';
import { createPipeline, type Pipeline, type PipelineOptions } from '@dtdqm/worker/pipeline/pipeline';
import type { Database } from '@dtdqm/worker/storage/database';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { MemorySource } from './memorySource.ts';
import { ruleScorer } from './ruleScorer.ts';

export const dataset = 'Global/Online/ALL';

/** A simulated DQM server, a client, a database and any number of workers, for one test. */
export interface Workbench {
  source: MemorySource;
  simulator: Simulator;
  client: OccupancySource;
  database: Database;
  test: TestDatabase;
  worker(options?: Partial<PipelineOptions>): Pipeline;
  close(): Promise<void>;
}

export async function openWorkbench(rules: readonly Rule[] = []): Promise<Workbench> {
  const source = new MemorySource();
  const simulator = await startSimulator({ source, rules });
  const client = createDqmClient({
    url: simulator.url,
    dialect: 'classic',
    attempts: 1,
    requestsPerSecond: 5000,
  });
  const test = await createTestDatabase();
  const workers: Pipeline[] = [];
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return {
    source,
    simulator,
    client,
    database: test.database,
    test,
    worker(options = {}) {
      const worker = createPipeline({
        database: test.database,
        source: client,
        scorer: ruleScorer(),
        log: quiet,
        query: { dataset },
        ...options,
      });
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await client.close();
      await simulator.close();
      await test.drop();
    },
  };
}

/** Resolves with the first event that fits. */
export function eventOf<T extends PipelineEvent['type']>(
  { events }: Pipeline,
  type: T,
  fits: (event: Extract<PipelineEvent, { type: T }>) => boolean = () => true,
): Promise<Extract<PipelineEvent, { type: T }>> {
  return new Promise((resolve) => {
    const listen = (event: PipelineEvent) => {
      if (event.type !== type || !fits(event as Extract<PipelineEvent, { type: T }>)) return;
      events.off('event', listen);
      resolve(event as Extract<PipelineEvent, { type: T }>);
    };
    events.on('event', listen);
  });
}
