import type * as workbenchAssets from '@dtdqm/plugin/workbench/assets';
import type { ChamberOfRun, Matrix, SaliencyMethodName } from '@dtdqm/contract';
import type { Logger } from 'pino';
import type { Config } from '../config/index.ts';
import type { PipelineEvents } from '../pipeline/events.ts';
import type { ChamberSteps } from '@dtdqm/detector/steps';
import type { Database } from '../storage/database.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Semaphore } from './limits.ts';
import type { RunEvents } from './stream.ts';

/** What the API can ask of the workers; the job queue carries it to whichever is free. */
export interface RunControl {
  /** Fetches the run (again), before all that discovery found. */
  enqueue(run: number): Promise<void>;
  /** Marks runs for another look by the model in use, all that another model scored unless named. @returns which. */
  reevaluate(runs?: readonly number[]): Promise<number[]>;
}

/** Works out what is not stored, with the model that is loaded. */
export interface Explainer {
  /** `<name>@<version>`; what another model said it cannot explain. */
  model(): string;
  /** @returns attribution per wire, as the matrix. */
  saliency(chamber: ChamberOfRun, matrix: Matrix, method: SaliencyMethodName): Promise<number[][]>;
  steps(chamber: ChamberOfRun, matrix: Matrix): Promise<ChamberSteps>;
}

/** The panels in a page of their own, built, and how to serve them. */
export interface Workbench {
  dir: string;
  assets: typeof workbenchAssets;
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
    | 'databaseConnections'
    | 'apiRequestsPerMinute'
    | 'grafanaUrl'
    | 'grafanaIssuer'
    | 'grafanaAudience'
    | 'strategy'
    | 'aggregator'
    | 'auditShare'
    | 'dqmDataset'
    | 'modelDirectory'
  >;
  log: Logger;
  /** Absent where nobody measures. */
  metrics?: Metrics | undefined;
  /** The model that a worker in this process has loaded; absent where the API runs alone. */
  explainer?: Explainer | undefined;
  /** Of the Grafana that stands in front, as people open it; absent where it is not known. */
  frontAddress?: string | undefined;
  /** Opens the workbench, building it if need be; absent where only programs ask. */
  workbench?: (() => Promise<Workbench>) | undefined;
}

/** What handlers get: the above, and what the application makes of it. */
export interface RouteDeps extends ApiDeps {
  runEvents: RunEvents;
  /** For exports and imports: a client that is slow must not take all connections to the database. */
  transfers: Semaphore;
}
