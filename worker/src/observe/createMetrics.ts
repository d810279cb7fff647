import { collectDefaultMetrics, Registry } from 'prom-client';
import type { PipelineEvents } from '../pipeline/events.ts';
import type { Database } from '../storage/database.ts';
import { measureDatabase } from './databaseMetrics.ts';
import { measurePipeline } from './pipelineMetrics.ts';
import { requestHistogram } from './requestMetrics.ts';

export interface FinishedRequest {
  /** The pattern and not the address, so that there are few of them, e.g. `/api/v1/runs/:run`. */
  route: string;
  method: string;
  status: number;
  seconds: number;
}

export interface Metrics {
  /** All metrics of this process in Prometheus' text format. */
  text(): Promise<string>;
  contentType: string;
  request(request: FinishedRequest): void;
}

/** Measures this process: memory, event loop and garbage collection, database, requests and runs. */
export function createMetrics(database: Database, events?: PipelineEvents): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const askDatabase = measureDatabase(registry, database);
  if (events !== undefined) measurePipeline(registry, events);
  const durations = requestHistogram(registry);
  return {
    async text() {
      await askDatabase();
      return registry.metrics();
    },
    contentType: registry.contentType,
    request: ({ seconds, ...labels }) => durations.observe(labels, seconds),
  };
}
