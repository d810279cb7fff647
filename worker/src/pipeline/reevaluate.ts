import { isDeepStrictEqual } from 'node:util';
import { formatChamber, isSameChamber } from '@dtdqm/contract';
import { inputsOfRun, scoreByOneModel, type MatrixOfChamber, type ScorerInput } from '@dtdqm/detector';
import { matricesOf, type StoredMatrix } from '../storage/chambers.ts';
import type { ClaimedJob } from '../storage/jobs.ts';
import { countPastRuns, goodHistory } from '../storage/past.ts';
import { saveReevaluation } from '../storage/results.ts';
import type { PipelineContext } from './events.ts';
import { withLease } from './withLease.ts';
import type { Queryable } from '../storage/database.ts';

/**
 * Scores a stored run that is in hand again with the model in use. What was there stays readable until the new scores stand in
 * its place, and the old model's scores are kept.
 *
 * @throws when the database is unavailable, or `signal` aborts: the run is then given back for the next worker.
 */
export function reevaluateRun(
  context: PipelineContext,
  job: ClaimedJob,
  signal: AbortSignal,
): Promise<'reevaluated' | 'failed' | 'lost'> {
  return withLease(context, job, signal, (leased) => reevaluate(context, job, leased));
}

async function reevaluate(
  { database, scorer, events, log }: PipelineContext,
  { run, owner }: ClaimedJob,
  signal: AbortSignal,
): Promise<'reevaluated' | 'lost'> {
  const started = performance.now();
  const chambers = await matricesOf(database, run);
  const pastRuns = await countPastRuns(database, run);
  const inputs = inputsOfRun(chambers.map(asCells), await goodHistory(database, run));
  const { model, verdicts } = await scoreByOneModel(scorer, inputs, {}, signal);
  signal.throwIfAborted();
  const scored = chambers.map(({ partial: _, ...chamber }, index) => {
    const verdict = verdicts[index];
    if (verdict === undefined) throw new Error(`the scorer said nothing of ${formatChamber(chamber)}`);
    return { ...chamber, ...verdict };
  });
  if (!(await saveReevaluation(database, { run, model, pastRuns, chambers: scored }, owner))) return 'lost';
  const milliseconds = Math.round(performance.now() - started);
  log.info({ run, model, milliseconds }, 'run re-evaluated');
  events.announce({ type: 'reevaluated', run, model, milliseconds });
  return 'reevaluated';
}

function asCells({ matrix, partial, ...chamber }: StoredMatrix): MatrixOfChamber {
  return { chamber, matrix, partial };
}

/** Inputs for all chambers of a stored run, as the pipeline makes them. */
export async function inputsOfStoredRun(db: Queryable, run: number): Promise<ScorerInput[]> {
  return inputsOfRun((await matricesOf(db, run)).map(asCells), await goodHistory(db, run));
}

/**
 * Inputs for some chambers of a stored run, in their order, as the pipeline would make them: the run's other chambers tell how long the
 * runs were and how many hits to expect.
 *
 * @param chambers with the matrices to be judged, which need not be those that are stored now: of another look at the run, whose other
 * chambers then say nothing of it.
 * @param past as `goodHistory` gives it, which it is unless set.
 */
export async function inputsInStoredRun(
  db: Queryable,
  run: number,
  chambers: readonly MatrixOfChamber[],
  past?: Parameters<typeof inputsOfRun>[1],
): Promise<ScorerInput[]> {
  const stored = (await matricesOf(db, run)).map(asCells);
  const own = chambers.map(({ chamber, matrix }) => {
    const now = stored.find((each) => isSameChamber(each.chamber, chamber));
    return { chamber, matrix, partial: !now || now.partial || !isDeepStrictEqual(now.matrix, matrix) };
  });
  const others = stored.filter(
    (each) => !chambers.some(({ chamber }) => isSameChamber(chamber, each.chamber)),
  );
  return inputsOfRun([...own, ...others], past ?? (await goodHistory(db, run))).slice(0, chambers.length);
}
