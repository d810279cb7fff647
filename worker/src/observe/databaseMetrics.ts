import { Gauge, type Registry } from 'prom-client';
import type { Database } from '../storage/database.ts';

/** A scrape must not wait for a database that is away. */
const longestQueryMs = 3000;

/**
 * State of the pool, and what all workers together have before them.
 *
 * @returns brings the figures up to date; to be called before every scrape, because they are read together.
 */
export function measureDatabase(registry: Registry, database: Database): () => Promise<void> {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const connections = gauge('dtdqm_database_connections', 'Connections of this process to the database', [
    'state',
  ]);
  const up = gauge('dtdqm_database_up', '1 when the database answered this scrape, else 0');
  const runs = gauge('dtdqm_runs', 'Stored runs', ['status']);
  const jobs = gauge('dtdqm_jobs', 'Jobs of all workers', ['kind', 'state']);
  const oldest = gauge('dtdqm_oldest_waiting_job_seconds', 'Age of the oldest job that nobody has taken', [
    'kind',
  ]);

  const ask = async <Row extends object>(text: string): Promise<Row[]> => {
    const query: { text: string; query_timeout: number } = { text, query_timeout: longestQueryMs };
    return (await database.query(query)).rows as Row[];
  };

  return async () => {
    connections.set({ state: 'idle' }, database.idleCount);
    connections.set({ state: 'busy' }, database.totalCount - database.idleCount);
    connections.set({ state: 'wanted' }, database.waitingCount);
    for (const each of [runs, jobs, oldest]) each.reset();
    try {
      const [counted, waiting] = await Promise.all([
        ask<{ status: string; count: number }>(
          'select status::text, count(*)::integer as count from run group by status',
        ),
        ask<JobRow>(
          'select kind, state, jobs::integer, extract(epoch from now() - oldest)::real as age from reporting.job_counts()',
        ),
      ]);
      for (const { status, count } of counted) runs.set({ status }, count);
      for (const { kind, state, jobs: number, age } of waiting) {
        jobs.set({ kind, state }, number);
        if (state === 'created' || state === 'retry') oldest.set({ kind }, age);
      }
      up.set(1);
    } catch {
      up.set(0);
    }
  };
}

interface JobRow {
  kind: string;
  state: string;
  jobs: number;
  age: number;
}
