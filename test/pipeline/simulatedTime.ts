import { randomUUID } from 'node:crypto';
import { allChambers, type ChamberId } from '@dtdqm/contract';
import { startSimulator, type Rule, type Simulator } from '@dtdqm/simulator/server';
import type { HistogramSource } from '@dtdqm/simulator/sources';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { DqmError } from '@dtdqm/worker/dqm/source';
import { discover } from '@dtdqm/worker/pipeline/discover';
import { PipelineEvents, type PipelineContext, type PipelineEvent } from '@dtdqm/worker/pipeline/events';
import { ingestRun } from '@dtdqm/worker/pipeline/ingest';
import { defaultLifeRule } from '@dtdqm/worker/pipeline/runLife';
import type { Database } from '@dtdqm/worker/storage/database';
import { claimJob, requestFetch } from '@dtdqm/worker/storage/jobs';
import { registerModel, unknownHash } from '@dtdqm/worker/storage/models';
import { createTestDatabase } from '../postgres/database.ts';
import { letTimePass } from './letTimePass.ts';
import { ruleScorer } from './ruleScorer.ts';
import { dataset } from './workbench.ts';

/** What happened to runs so far. */
export interface Told {
  looks: number;
  /** Reopened, for each run that was. */
  reopened: Map<number, number>;
}

/** A DQM server, its client and a worker that share a clock, which a test moves: a day passes in seconds. */
export interface SimulatedTime {
  database: Database;
  simulator: Simulator;
  told: Told;
  /** Whole seconds since this began. */
  at(): number;
  /** Lets the time pass while no worker runs. */
  beAway(seconds: number): Promise<void>;
  /** Fetches a run as if people had asked for it. */
  fetchByHand(run: number): Promise<void>;
  /**
   * Asks for the listing and looks at what is due, as a worker does every minute, until `end`. Minutes in which nothing is due are
   * left out, unless one of `times` is in them: seconds at which the source lists another run, say.
   */
  liveUntil(end: number, times?: readonly number[], each?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function simulateTime(
  sourceAt: (at: () => number) => HistogramSource,
  {
    dialect = 'new',
    rules = [],
    chambers = allChambers,
  }: { dialect?: 'classic' | 'new'; rules?: readonly Rule[]; chambers?: readonly ChamberId[] } = {},
): Promise<SimulatedTime> {
  const began = Date.now();
  let passed = 0;
  // The database's clock cannot be moved: what it remembers is moved instead, and its own time goes on.
  const now = () => Date.now() + passed * 1000;
  const at = () => Math.floor((now() - began) / 1000);
  const simulator = await startSimulator({ source: sourceAt(at), rules, now });
  const client = createDqmClient({
    url: simulator.url,
    dialect,
    now,
    attempts: 1,
    requestsPerSecond: 5000,
    // By the clock of the machine.
    circuitOpenMs: 1,
  });
  const { database, drop } = await createTestDatabase();
  const scorer = ruleScorer();
  await registerModel(database, { name: scorer.model, hash: unknownHash });
  const events = new PipelineEvents();
  const told: Told = { looks: 0, reopened: new Map() };
  events.on('event', (event) => tell(told, event));
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const context: PipelineContext = {
    database,
    source: client,
    scorer,
    events,
    log: quiet,
    lifeRule: defaultLifeRule,
    chambers,
  };
  const { signal } = new AbortController();

  /** What a worker does in a minute. */
  async function work(): Promise<void> {
    await discover(context, { query: { dataset } }, signal).catch((error: unknown) => {
      if (!(error instanceof DqmError)) throw error;
    });
    for (;;) {
      await client.ready(signal);
      const job = await claimJob(database, randomUUID());
      if (job === null) return;
      told.looks += 1;
      await ingestRun(context, job, signal);
    }
  }

  async function pass(seconds: number): Promise<void> {
    await letTimePass(database, seconds);
    passed += seconds;
  }

  return {
    database,
    simulator,
    told,
    at,
    beAway: pass,
    fetchByHand: (run) => requestFetch(database, [{ run, dataset }], { byHand: true }),
    async liveUntil(end, times = [], each = async () => undefined) {
      for (;;) {
        await each();
        await work();
        const seconds = Math.min(
          await secondsToNextLook(database),
          ...times.filter((time) => time > at()).map((time) => time - at()),
        );
        const next = at() + Math.max(60, Math.ceil(seconds / 60) * 60);
        if (next > end) return;
        await pass(next - at());
      }
    },
    async close() {
      await client.close();
      await simulator.close();
      await drop();
    },
  };
}

/** Infinity when no run is to be looked at. */
async function secondsToNextLook(database: Database): Promise<number> {
  const { rows } = await database.query<{ seconds: number | null }>(
    'select extract(epoch from min(look_at) - now())::double precision as seconds from run',
  );
  return rows[0]?.seconds ?? Infinity;
}

function tell(told: Told, event: PipelineEvent): void {
  if (event.type !== 'life' || event.life !== 'reopened') return;
  told.reopened.set(event.run, (told.reopened.get(event.run) ?? 0) + 1);
}
