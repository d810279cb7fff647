import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { ChamberId, RunLifeState, RunStatus } from '@dtdqm/contract';
import type { Scorer } from '@dtdqm/detector';
import type { DqmErrorCode, OccupancySource } from '../dqm/source.ts';
import type { Database } from '../storage/database.ts';
import type { LifeRule } from './runLife.ts';

/** What the pipeline of this process is doing, for terminals and event streams. Hints only: the run table is the truth. */
export type PipelineEvent =
  | { type: 'listing'; outcome: 'completed' | DqmErrorCode; odd: number }
  | { type: 'discovered'; runs: number[] }
  | { type: 'fetching'; run: number; done: number; total: number }
  | { type: 'scoring'; run: number; chambers: number }
  | {
      type: 'stored';
      run: number;
      status: RunStatus;
      closed: boolean;
      badLayers: number;
      milliseconds: number;
    }
  | { type: 'unchanged'; run: number; closed: boolean }
  | { type: 'inside'; run: number; slices: number; changes: number }
  | { type: 'life'; run: number; life: RunLifeState }
  | { type: 'reevaluated'; run: number; model: string; milliseconds: number }
  | { type: 'failed'; run: number; error: string }
  | { type: 'given-back'; run: number };

export class PipelineEvents extends EventEmitter<{ event: [PipelineEvent] }> {
  announce(event: PipelineEvent): void {
    this.emit('event', event);
  }
}

/** What every step of the pipeline works with. */
export interface PipelineContext {
  database: Database;
  source: OccupancySource;
  scorer: Scorer;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  events: PipelineEvents;
  lifeRule: LifeRule;
  /** Of the detector. */
  chambers: readonly ChamberId[];
}
