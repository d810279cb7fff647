import type { ChamberId, Matrix, SaliencyMethodName } from '@dtdqm/contract';
import type { Logger } from 'pino';
import type { Config } from '../config/index.ts';
import type { PipelineEvents } from '../pipeline/events.ts';
import type { Database } from '../storage/database.ts';
import type { Metrics } from '../observe/createMetrics.ts';
import type { RunEvents } from './stream/runEvents.ts';

/** What the API can ask of the workers; the job queue carries it to whichever is free. */
export interface RunControl {
  /** Fetches the run (again), before all that discovery found. */
  enqueue(run: number): Promise<void>;
  /** Marks runs for another look by the model in use, all that another model scored unless named. @returns which. */
  reevaluate(runs?: readonly number[]): Promise<number[]>;
}

/** Everything that routes work with; put together in main.ts. */
export interface ApiDeps {
  database: Database;
  /** Address of the database, for connections that listen; holds the password. */
  databaseUrl: string;
  control: RunControl;
  /** Of the worker in this process; absent where the API runs alone. */
  events?: PipelineEvents | undefined;
  config: Pick<
    Config,
    | 'apiToken'
    | 'apiRequestsPerMinute'
    | 'grafanaUrl'
    | 'grafanaIssuer'
    | 'grafanaAudience'
    | 'strategy'
    | 'aggregator'
    | 'auditShare'
    | 'dqmDataset'
  >;
  log: Logger;
  /** Absent where nobody measures. */
  metrics?: Metrics | undefined;
  /**
   * Attributions by another method than the stored one, where the model that scored the run is loaded in this process.
   *
   * @returns as the matrix, or undefined when another model is loaded.
   */
  explain?:
    | ((
        model: string,
        chamber: ChamberId,
        matrix: Matrix,
        method: SaliencyMethodName,
      ) => Promise<number[][] | undefined>)
    | undefined;
}

/** What handlers get: the above, and what the application makes of it. */
export interface RouteDeps extends ApiDeps {
  runEvents: RunEvents;
}
