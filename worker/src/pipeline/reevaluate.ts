import { randomUUID } from 'node:crypto';
import { formatChamber, isSameChamber } from '@dtdqm/contract';
import { type MatrixOfChamber, inputsOfRun, scoreByOneModel, type ScorerInput } from '@dtdqm/detector';
import { goodHistory, matricesOf } from '../storage/chambers.ts';
import { isDatabaseUnavailable } from '../storage/connectionErrors.ts';
import { beginReevaluation, failRun } from '../storage/leases.ts';
import { saveReevaluation } from '../storage/results.ts';
import type { PipelineContext } from './context.ts';
import { LostRun, holdRun } from './hold.ts';
import type { Queryable } from '../storage/database.ts';

/**
 * Scores a stored run again with the model in use. What was there stays readable until the new scores stand in its place,
 * and the old model's scores are kept.
 *
 * @returns false when the run does not wait for it, or was lost to another worker.
 * @throws when the database is away, or `signal` aborts: the run is then given back for the next worker.
 */
export async function reevaluateRun(
  context: PipelineContext,
  run: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { database, events, log } = context;
  const owner = randomUUID();
  if (!(await beginReevaluation(database, run, owner))) return false;
  try {
    return await holdRun(context, { run, owner }, signal, (held) => reevaluate(context, run, owner, held));
  } catch (error) {
    if (error instanceof LostRun) return false;
    if (signal.aborted) {
      events.announce({ type: 'given-back', run });
      throw error;
    }
    if (isDatabaseUnavailable(error)) throw error;
    const reason = `re-evaluation failed: ${error instanceof Error ? error.message : String(error)}`;
    log.error({ run, err: error }, 'the run cannot be re-evaluated');
    await failRun(database, run, reason, owner);
    events.announce({ type: 'failed', run, error: reason });
    return false;
  }
}

async function reevaluate(
  { database, scorer, events, log }: PipelineContext,
  run: number,
  owner: string,
  signal: AbortSignal,
): Promise<boolean> {
  const started = performance.now();
  const chambers = await matricesOf(database, run);
  const cells = chambers.map(({ matrix, ...chamber }) => ({ chamber, matrix }));
  const inputs = inputsOfRun(cells, await goodHistory(database, run));
  const { model, verdicts } = await scoreByOneModel(scorer, inputs);
  signal.throwIfAborted();
  const scored = chambers.map((chamber, index) => {
    const verdict = verdicts[index];
    if (verdict === undefined) throw new Error(`the scorer said nothing of ${formatChamber(chamber)}`);
    return { ...chamber, ...verdict };
  });
  if (!(await saveReevaluation(database, { run, model, chambers: scored }, owner))) return false;
  const milliseconds = Math.round(performance.now() - started);
  log.info({ run, model, milliseconds }, 'run re-evaluated');
  events.announce({ type: 'reevaluated', run, model, milliseconds });
  return true;
}

/**
 * Inputs for some chambers of a stored run, in their order, with the past that the pipeline would give them: the run's other
 * chambers tell how long the runs were.
 *
 * @param chambers with the matrices to be judged, which need not be those that are stored now.
 */
export async function inputsInStoredRun(
  db: Queryable,
  run: number,
  chambers: readonly MatrixOfChamber[],
): Promise<ScorerInput[]> {
  const others = (await matricesOf(db, run))
    .map(({ matrix, ...chamber }) => ({ chamber, matrix }))
    .filter((stored) => !chambers.some(({ chamber }) => isSameChamber(chamber, stored.chamber)));
  return inputsOfRun([...chambers, ...others], await goodHistory(db, run)).slice(0, chambers.length);
}
