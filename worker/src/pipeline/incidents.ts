import { formatChamber } from '@dtdqm/contract';
import type { Logger } from 'pino';
import { blindLayers, findingsOf } from '../incidents/findings.ts';
import { findingsInRun } from '../incidents/inRun.ts';
import { transaction, type Database, type Queryable } from '../storage/database.ts';
import {
  sickChambers,
  blindChambers,
  forgetDeletedRuns,
  saveFindings,
  staleRuns,
  type StaleRun,
} from '../storage/incidents/findings.ts';
import { lockLedger, rebuildFrom } from '../storage/incidents/ledger.ts';
import type { PipelineEvents } from './events.ts';

/** Runs read in one transaction: seconds of work at most, and what was done is not done again after a kill. */
const batch = 20;

/**
 * Brings the ledger of incidents up to date with the scores. What it does follows from the database alone: it may be
 * killed, repeated, or called in many processes at once, and each run counts once.
 *
 * @returns runs that changed what the ledger says.
 */
export async function updateIncidents(database: Database, isStopped = () => false): Promise<number> {
  let changed = 0;
  while (!isStopped()) {
    const { looked, runs } = await transaction(database, updateBatch);
    changed += runs;
    if (looked < batch) break;
  }
  return changed;
}

async function updateBatch(db: Queryable): Promise<{ looked: number; runs: number }> {
  await lockLedger(db);
  const changed = await forgetDeletedRuns(db);
  const stale = await staleRuns(db, batch);
  for (const run of stale) if (await storeFindings(db, run)) changed.push(run.run);
  if (changed.length > 0) await rebuildFrom(db, Math.min(...changed));
  return { looked: stale.length, runs: changed.length };
}

async function storeFindings(db: Queryable, stale: StaleRun): Promise<boolean> {
  const findings = Object.fromEntries(
    (await sickChambers(db, stale.run))
      .map((judged) => {
        const { chamber, matrix, changes } = judged;
        return [
          formatChamber(chamber),
          [...findingsOf(judged), ...findingsInRun(chamber, matrix, changes)],
        ] as const;
      })
      .filter(([, found]) => found.length > 0),
  );
  return saveFindings(db, stale, findings, await blindChambers(db, stale.run, blindLayers));
}

export interface IncidentUpdatesOptions {
  database: Database;
  log: Pick<Logger, 'warn'>;
  /** Of the worker in this process: its runs are looked at as soon as they are stored. */
  events?: PipelineEvents;
  /** How often scores are looked for that another process stored; 10 s unless set. */
  everyMs?: number;
}

export interface IncidentUpdates {
  stop(): Promise<void>;
}

/** Keeps the ledger in step with the scores for as long as the process runs. */
export function startIncidentUpdates({
  database,
  log,
  events,
  everyMs = 10_000,
}: IncidentUpdatesOptions): IncidentUpdates {
  let stopped = false;
  let work: Promise<void> | undefined;
  let restUntil = 0;
  const look = () => {
    if (stopped || performance.now() < restUntil) return;
    work ??= update().finally(() => (work = undefined));
  };
  async function update(): Promise<void> {
    const started = performance.now();
    try {
      await updateIncidents(database, () => stopped);
    } catch (error) {
      log.warn({ err: error }, 'incidents could not be brought up to date; trying again');
    }
    // While years of runs arrive newest first, each makes the ledger anew: no more than a fifth of the time.
    restUntil = performance.now() + Math.min(60_000, 4 * (performance.now() - started));
  }
  const onEvent = ({ type }: { type: string }) => {
    if (type === 'stored' || type === 'reevaluated') look();
  };
  events?.on('event', onEvent);
  const timer = setInterval(look, everyMs);
  look();
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      events?.off('event', onEvent);
      await work;
    },
  };
}
