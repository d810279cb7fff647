import type { Logger } from 'pino';
import type { OccupancySource } from '../dqm/source.ts';
import type { Scorer } from '@dtdqm/detector';
import type { Database } from '../storage/database.ts';
import type { PipelineEvents } from './events.ts';

/** What every step of the pipeline works with. */
export interface PipelineContext {
  database: Database;
  source: OccupancySource;
  scorer: Scorer;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  events: PipelineEvents;
}
