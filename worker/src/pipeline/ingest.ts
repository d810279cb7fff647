import { type ChamberId, type Matrix, allChambers, formatChamber } from '@dtdqm/contract';
import { inputsOfRun, scoreByOneModel } from '@dtdqm/detector';
import { contentOf, isStable, observe } from '../dqm/discovery.ts';
import type { ListedRun, OccupancySource } from '../dqm/source.ts';
import { goodHistory, matricesOf } from '../storage/chambers.ts';
import type { ClaimedJob } from '../storage/jobs.ts';
import { type ChamberResult, confirmRun, saveRunResult } from '../storage/results.ts';
import type { PipelineContext } from './events.ts';
import { withLease } from './withLease.ts';
import { DqmError } from '../dqm/source.ts';

/** How a fetch ended; `lost` when another worker has taken the run over, or it was deleted. */
export type IngestOutcome = 'stored' | 'unchanged' | 'failed' | 'lost';

/**
 * Fetches, scores and stores the run in hand. What goes wrong at the source or in scoring ends in the run's row as an ERROR.
 *
 * @throws when the database is unavailable, or `signal` aborts: the run is then given back for the next worker.
 */
export function ingestRun(
  context: PipelineContext,
  job: ClaimedJob,
  signal: AbortSignal,
): Promise<IngestOutcome> {
  return withLease(context, job, signal, (leased) => ingest(context, job, leased));
}

async function ingest(
  context: PipelineContext,
  job: ClaimedJob,
  signal: AbortSignal,
): Promise<IngestOutcome> {
  const { database, source, scorer, events, log } = context;
  const { run, dataset, owner } = job;
  const started = performance.now();
  const fetched = await fetchRun(source, { run, dataset }, signal, (done, total) =>
    events.announce({ type: 'fetching', run, done, total }),
  );
  const error = describeFailures(fetched);
  if (error !== null && fetched.every(({ state }) => state === 'failed')) throw new Error(error);

  const chambers = error === null ? fetched : keepEarlier(fetched, await matricesOf(database, run));
  const stability = observe(job.stability ?? undefined, contentOf(chambers.map(contentPair)));
  const closed = error === null && (job.ended || isStable(stability));
  if (error === null && stability.hash === job.stability?.hash && job.model === scorer.model) {
    if (!(await confirmRun(database, { run, stability, closed }, owner))) return 'lost';
    events.announce({ type: 'unchanged', run, closed });
    return 'unchanged';
  }

  events.announce({
    type: 'scoring',
    run,
    chambers: chambers.filter(({ state }) => state === 'present').length,
  });
  const { model, scored } = await scoreChambers(context, run, chambers, signal);
  signal.throwIfAborted();
  const result = { run, dataset, model, closed, stability, error, chambers: scored };
  if (!(await saveRunResult(database, result, owner))) return 'lost';
  const milliseconds = Math.round(performance.now() - started);
  const badLayers = countBad(scored);
  const status = error === null ? 'FINISHED' : 'ERROR';
  log.info(
    { run, status, closed, badLayers, milliseconds, ...(error === null ? {} : { error }) },
    'run stored',
  );
  events.announce({ type: 'stored', run, status, closed, badLayers, milliseconds });
  return 'stored';
}

async function scoreChambers(
  { database, scorer }: PipelineContext,
  run: number,
  chambers: readonly FetchedChamber[],
  signal: AbortSignal,
): Promise<{ model: string; scored: ChamberResult[] }> {
  const present = chambers.flatMap((chamber) => (chamber.state === 'present' ? [chamber] : []));
  const cells = present.map(({ wheel, station, sector, matrix }) => ({
    chamber: { wheel, station, sector },
    matrix,
  }));
  const inputs = inputsOfRun(cells, await goodHistory(database, run));
  const { model, verdicts } = await scoreByOneModel(scorer, inputs, {}, signal);
  const verdictOf = new Map(present.map((chamber, index) => [chamber, verdicts[index]]));
  const scored = chambers.map((chamber) => {
    if (chamber.state !== 'present') return chamber;
    const verdict = verdictOf.get(chamber);
    if (verdict === undefined) throw new Error(`the scorer said nothing of ${formatChamber(chamber)}`);
    return { ...chamber, verdict };
  });
  return { model, scored };
}

function contentPair(chamber: FetchedChamber) {
  return [chamber, chamber.state === 'present' ? chamber.matrix : undefined] as const;
}

function countBad(chambers: readonly ChamberResult[]): number {
  return chambers
    .flatMap((chamber) => (chamber.state === 'present' ? chamber.verdict.verdicts : []))
    .filter((verdict) => verdict === 'bad').length;
}

export type FetchedChamber = ChamberId &
  ({ state: 'present'; matrix: Matrix } | { state: 'absent' | 'failed'; reason: string });

/**
 * Fetches all 250 chambers of a run; the source limits how many at once.
 *
 * @param onProgress called with the number of chambers answered for so far.
 * @returns in the order of `allChambers`; what could not be fetched stands there with the reason.
 * @throws only when `signal` aborts.
 */
export async function fetchRun(
  source: OccupancySource,
  run: ListedRun,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<FetchedChamber[]> {
  let done = 0;
  return Promise.all(
    allChambers.map(async (chamber) => {
      const fetched = await fetchChamber(source, run, chamber, signal);
      onProgress(++done, allChambers.length);
      return fetched;
    }),
  );
}

async function fetchChamber(
  source: OccupancySource,
  run: ListedRun,
  chamber: ChamberId,
  signal: AbortSignal,
): Promise<FetchedChamber> {
  try {
    return { ...chamber, state: 'present', matrix: await source.fetchChamber(run, chamber, signal) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof DqmError)) throw error;
    return { ...chamber, state: error.code === 'absent' ? 'absent' : 'failed', reason: error.message };
  }
}

/** Why the run is an ERROR, naming the first few chambers; null when every chamber was fetched or is absent. */
export function describeFailures(fetched: readonly FetchedChamber[]): string | null {
  const reasons = fetched.flatMap((chamber) => (chamber.state === 'failed' ? [chamber.reason] : []));
  if (reasons.length === 0) return null;
  const more = reasons.length > 3 ? `; and ${reasons.length - 3} more` : '';
  return `${reasons.length} of ${fetched.length} chambers could not be fetched: ${reasons.slice(0, 3).join('; ')}${more}`;
}

/**
 * Puts matrices from an earlier fetch where this one failed: an occupancy that is a little old is worth more than none,
 * and nothing that was fetched once may get lost.
 */
export function keepEarlier(
  fetched: readonly FetchedChamber[],
  earlier: readonly (ChamberId & { matrix: Matrix })[],
): FetchedChamber[] {
  const matrices = new Map(earlier.map((chamber) => [formatChamber(chamber), chamber.matrix]));
  return fetched.map((chamber) => {
    const matrix = chamber.state === 'failed' ? matrices.get(formatChamber(chamber)) : undefined;
    if (matrix === undefined) return chamber;
    const { wheel, station, sector } = chamber;
    return { wheel, station, sector, state: 'present', matrix };
  });
}
