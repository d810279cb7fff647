import { pino } from 'pino';
import { SimulatedDetector } from '@dtdqm/simulator/sources';
import { startSimulator } from '@dtdqm/simulator/server';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { createPipeline } from '@dtdqm/worker/pipeline/pipeline';
import { createScorer } from '@dtdqm/detector';
import type { Database } from '@dtdqm/worker/storage/database';

const templates = 10;

/** Fetches, scores and stores runs 1 to 10, of which all others are copies; nothing when they are there. */
export async function fillTemplates(database: Database): Promise<void> {
  const { rows } = await database.query<{ stored: number }>('select count(*)::integer as stored from run');
  if ((rows[0]?.stored ?? 0) >= templates) return;
  const simulator = await startSimulator({ source: new SimulatedDetector({ runs: templates, firstRun: 1 }) });
  const source = createDqmClient({ url: simulator.url, dialect: 'classic' });
  const scorer = await createScorer();
  const log = pino({ level: 'silent' });
  const pipeline = createPipeline({ database, source, scorer, log, query: { dataset: 'Global/Online/ALL' } });
  for (let run = 1; run <= templates; run++) await pipeline.fetchNow(run);
  await pipeline.stop();
  await scorer.close();
  await source.close();
  await simulator.close();
}
