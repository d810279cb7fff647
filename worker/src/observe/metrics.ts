import { collectDefaultMetrics, Registry, Gauge, Counter, Histogram } from 'prom-client';
import type { PipelineEvents, PipelineEvent } from '../pipeline/events.ts';
import type { Database } from '../storage/database.ts';
import { replicaLag } from '../storage/replica.ts';

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

/**
 * Measures this process: memory, event loop and garbage collection, database, requests and runs.
 *
 * @param replicaUrl of the replica whose lag is told, where there is one.
 */
export function createMetrics(database: Database, events?: PipelineEvents, replicaUrl?: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const askDatabase = measureDatabase(registry, database);
  const askReplica = measureReplica(registry, database, replicaUrl);
  if (events !== undefined) measurePipeline(registry, events);
  const durations = new Histogram({
    name: 'dtdqm_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['route', 'method', 'status'],
    // Around what people notice; an import of many labels may take minutes.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [registry],
  });
  return {
    async text() {
      await Promise.all([askDatabase(), askReplica()]);
      return registry.metrics();
    },
    contentType: registry.contentType,
    request: ({ seconds, ...labels }) => durations.observe(labels, seconds),
  };
}

/** A scrape must not wait for a database that is away. */
const longestQueryMs = 3000;

/**
 * State of the pool, and what all workers together have before them.
 *
 * @returns brings the figures up to date; to be called before every scrape, because they are read together.
 */
function measureDatabase(registry: Registry, database: Database): () => Promise<void> {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const connections = gauge('dtdqm_database_connections', 'Connections of this process to the database', [
    'state',
  ]);
  const up = gauge('dtdqm_database_up', '1 when the database answered this scrape, else 0');
  const runs = gauge('dtdqm_runs', 'Stored runs', ['status']);
  const lives = gauge('dtdqm_runs_by_life', 'Stored runs by what is believed of them at the DQM server', [
    'life',
  ]);
  const coverage = gauge(
    'dtdqm_coverage_incidents_open',
    'Runs of which the DQM server shows less than was had',
  );
  // Without a run in progress there is none, which is NaN: 0 would look fresh.
  const lookAge = gauge(
    'dtdqm_newest_look_age_seconds',
    'Time since the newest look at a run in progress that brought hits; NaN when none is in progress',
    [],
  );
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
    for (const each of [runs, lives, jobs, oldest]) each.reset();
    lookAge.set(NaN);
    try {
      const [counted, lacking, waiting, live] = await Promise.all([
        ask<{ status: string; life: string; count: number }>(
          'select status::text, life::text, count(*)::integer as count from run group by status, life',
        ),
        ask<{ count: number }>(
          'select count(*)::integer as count from coverage_incident where closed_at is null',
        ),
        ask<JobRow>(
          'select kind, state, jobs::integer, extract(epoch from now() - oldest)::real as age from reporting.job_counts()',
        ),
        ask<{ age: number }>('select age_seconds as age from reporting.live'),
      ]);
      for (const { status, life, count } of counted) {
        runs.inc({ status }, count);
        lives.inc({ life }, count);
      }
      if (live.length > 0) lookAge.set(Math.max(...live.map(({ age }) => age)));
      coverage.set(lacking[0]?.count ?? 0);
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

/** How far the replica is behind that dashboards read; NaN where there is none, or it cannot be told: 0 would look up to date. */
function measureReplica(
  registry: Registry,
  database: Database,
  url: string | undefined,
): () => Promise<void> {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const up = gauge(
    'dtdqm_replica_up',
    '1 when replica and database answered this scrape, and belong together, else 0; NaN without one',
  );
  const seconds = gauge(
    'dtdqm_replica_lag_seconds',
    'Age of the newest change that the replica shows; 0 when it shows all',
  );
  const bytes = gauge(
    'dtdqm_replica_lag_bytes',
    'Log that the primary has written and the replica does not show',
  );
  return async () => {
    for (const each of [up, seconds, bytes]) each.set(NaN);
    if (url === undefined) return;
    const lag = await replicaLag(database, url).catch(() => undefined);
    up.set(lag === undefined ? 0 : 1);
    seconds.set(lag?.seconds ?? NaN);
    bytes.set(lag?.bytes ?? NaN);
  };
}

/** What came of the runs that this process had in hand. */
function measurePipeline(registry: Registry, events: PipelineEvents): void {
  const registers = [registry];
  const runs = new Counter({
    name: 'dtdqm_runs_handled_total',
    help: 'Runs that this process had in hand, by what came of it',
    labelNames: ['outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'dtdqm_run_duration_seconds',
    help: 'Time that a run took from its first request to its last row, or from its matrices to its new scores',
    labelNames: ['work'],
    buckets: [0.5, 1, 2, 3, 5, 10, 20, 40, 80],
    registers,
  });
  const inHand = new Gauge({
    name: 'dtdqm_chambers_fetched',
    help: 'Chambers of the run in hand that the DQM server has answered for',
    registers,
  });
  const badLayers = new Gauge({
    name: 'dtdqm_last_run_bad_layers',
    help: 'Bad layers of the run that this process stored last',
    registers,
  });
  const slices = new Counter({
    name: 'dtdqm_slices_stored_total',
    help: 'Slices of chambers in runs in progress that this process stored',
    registers,
  });
  const changes = new Counter({
    name: 'dtdqm_run_changes_total',
    help: 'Changes inside runs that this process told',
    registers,
  });
  const listings = new Counter({
    name: 'dtdqm_listings_total',
    help: 'Times that this process asked the DQM server for its runs, by what came of it',
    labelNames: ['outcome'],
    registers,
  });
  const odd = new Counter({
    name: 'dtdqm_odd_listing_entries_total',
    help: 'Entries of these listings that are no runs and were left out, each time that they were listed',
    registers,
  });
  events.on('event', (event: PipelineEvent) => {
    if (event.type === 'listing') {
      listings.inc({ outcome: event.outcome });
      odd.inc(event.odd);
      return;
    }
    if (event.type === 'fetching') inHand.set(event.done);
    if (event.type === 'discovered' || event.type === 'fetching' || event.type === 'scoring') return;
    // These come beside what became of the same run.
    if (event.type === 'life') return;
    if (event.type === 'inside') {
      slices.inc(event.slices);
      changes.inc(event.changes);
      return;
    }
    const outcome = event.type === 'stored' && event.status === 'ERROR' ? 'stored-with-error' : event.type;
    runs.inc({ outcome });
    if (event.type === 'stored') badLayers.set(event.badLayers);
    if (event.type === 'stored' || event.type === 'reevaluated') {
      durations.observe(
        { work: event.type === 'stored' ? 'fetch' : 'reevaluate' },
        event.milliseconds / 1000,
      );
    }
  });
}
