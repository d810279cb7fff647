import { median } from '@dtdqm/contract/numbers';
import { pino } from 'pino';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { createScorer } from '@dtdqm/detector';
import type { Database } from '@dtdqm/worker/storage/database';
import { deleteRun } from '@dtdqm/worker/storage/runs';
import { startServer, threeDigits } from '../harness.ts';

const dataset = 'Global/Online/ALL';

export interface Ingest {
  /**
   * Fetches, scores, explains and stores runs as ever, after all that are stored, takes them into the ledger, and deletes them
   * again.
   *
   * @returns medians, seconds.
   */
  measure(): Promise<{ ingest: number; ledger: number }>;
  close(): Promise<void>;
}

/** The real client, scorer and pipeline against a simulator in a process of its own; warm from a first run on. */
export async function startIngest(database: Database, runs = 5): Promise<Ingest> {
  const { url, process: server } = await startServer('pipeline/simulatorProcess.ts');
  const source = createDqmClient({ url, dialect: 'classic' });
  const scorer = await createScorer();
  const log = pino({ level: 'silent' });
  const pipeline = createPipeline({ database, source, scorer, log, query: { dataset } });
  const listed = (await source.listRuns({ dataset })).runs.map(({ run }) => run).sort((a, b) => a - b);
  const [first = 0, ...others] = listed.slice(0, runs + 1);
  await pipeline.fetchNow(first);
  await deleteRun(database, first);
  return {
    async measure() {
      const times = { ingest: [] as number[], ledger: [] as number[] };
      for (const run of others) {
        const started = performance.now();
        await pipeline.fetchNow(run);
        const stored = performance.now();
        await updateIncidents(database);
        times.ledger.push(performance.now() - stored);
        times.ingest.push(stored - started);
      }
      for (const run of others) await deleteRun(database, run);
      await updateIncidents(database);
      const seconds = (times: number[]) => threeDigits(median(times) / 1000);
      return { ingest: seconds(times.ingest), ledger: seconds(times.ledger) };
    },
    async close() {
      await pipeline.stop();
      await scorer.close();
      await source.close();
      server.disconnect();
    },
  };
}
