import { type ChamberId, formatChamber } from '@dtdqm/contract';
import { inputsOfRun, scoreByOneModel } from '@dtdqm/detector';
import { DqmError, type FetchedChamber, type ListedRun, type OccupancySource } from '../dqm/source.ts';
import { chambersAround, hadChambers } from '../storage/chambers.ts';
import type { ClaimedJob } from '../storage/jobs.ts';
import { momentOf, saveCoverage } from '../storage/life.ts';
import { countPastRuns, goodHistory } from '../storage/past.ts';
import { type ChamberResult, saveLook, saveRunResult } from '../storage/results.ts';
import type { InsideLook } from '../storage/slices.ts';
import { listRuns } from './discover.ts';
import type { PipelineContext } from './events.ts';
import { aboutRun, closeInside, lookInside } from './inside.ts';
import { type HadChamber, type Looked, hitsOf, inShort, isLacking, lookAtRun } from './look.ts';
import { type RunLife, afterLook, isOver, kindOfLook } from './runLife.ts';
import { refuseRepeats, refuseShared, sampleOf } from './twins.ts';
import { withLease } from './withLease.ts';

/** How a fetch ended; `lost` when another worker has taken the run over, or it was deleted. */
export type IngestOutcome = 'stored' | 'unchanged' | 'failed' | 'lost';

/**
 * Looks at the run in hand, and scores and stores what is more than was had. What goes wrong at the source or in scoring ends in the
 * run's row as an ERROR.
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
  const { database, source, scorer, events, log, lifeRule, chambers: all } = context;
  const { run, dataset, owner } = job;
  const started = performance.now();
  const had = await hadChambers(database, run);
  const moment = await momentOf(database, run);
  const kind = job.byHand || had.length === 0 ? 'whole' : kindOfLook(job.life, moment, lifeRule);
  let done = 0;
  const looked = await lookAtRun(
    had,
    all,
    { kind, isPatient: isOver(job.life), now: moment.now },
    async (chambers) => {
      const fetched = await fetchChambers(source, { run, dataset }, chambers, signal, () =>
        events.announce({ type: 'fetching', run, done: ++done, total: all.length }),
      );
      return ownOf(context, run, fetched);
    },
  );
  const failures = looked.whole ? describeFailures(looked.failures, all.length) : null;
  if (failures !== null && looked.failures.length === all.length) throw new Error(failures);

  const followed = looked.whole
    ? await lookInside(
        context,
        { run, dataset },
        { ...moment, chambers: looked.shown, isOver: isOver(job.life) },
        signal,
      )
    : null;
  const present = looked.chambers.filter(({ state }) => state === 'present').length;
  const listed = present > 0 || (await isListed(context, { run, dataset }, signal));
  const life = afterLook(
    job.life,
    {
      ...(await momentOf(database, run)),
      whole: looked.whole,
      // A server that restarted has less than is had for long, and grows all the same.
      grew: looked.grew || followed?.grew === true,
      had: present,
      listed,
      lacking: looked.chambers.filter(isLacking).length,
      failed: looked.failures.length,
    },
    lifeRule,
  );
  const inside = followed && isOver(life) ? closeInside(followed) : followed;
  const error = failures ?? (present === 0 ? await nothingOf(context, job, listed, signal) : null);
  if (present === 0 || (!looked.grew && (!looked.whole || job.model === scorer.model))) {
    const chambers = looked.changed || (error !== null && looked.whole) ? looked.chambers : null;
    if (!(await saveLook(database, { run, life, error, chambers, inside }, owner))) return 'lost';
    tellInside(context, run, inside);
    await tellLife(context, job, life, looked);
    if (error !== null) {
      log.error({ run }, error);
      events.announce({ type: 'failed', run, error });
      return 'failed';
    }
    events.announce({ type: 'unchanged', run, closed: life.state === 'final' });
    return 'unchanged';
  }

  events.announce({ type: 'scoring', run, chambers: present });
  const [{ model, pastRuns, scored }, { startedAt, lumisection }] = await Promise.all([
    scoreChambers(context, run, life, looked.chambers, signal),
    inside?.about ?? aboutRun(context, { run, dataset }, signal),
  ]);
  signal.throwIfAborted();
  const result = {
    run,
    dataset,
    model,
    pastRuns,
    life,
    error,
    isNews: looked.grew,
    chambers: scored,
    source: source.origin(),
    startedAt,
    ...(lumisection === null ? {} : { lumisections: lumisection }),
    inside,
  };
  if (!(await saveRunResult(database, result, owner))) return 'lost';
  tellInside(context, run, inside);
  await tellLife(context, job, life, looked);
  const milliseconds = Math.round(performance.now() - started);
  const badLayers = countBad(scored);
  const status = error === null ? 'FINISHED' : 'ERROR';
  const closed = life.state === 'final';
  log.info(
    { run, status, life: life.state, badLayers, milliseconds, ...(error === null ? {} : { error }) },
    'run stored',
  );
  events.announce({ type: 'stored', run, status, closed, badLayers, milliseconds });
  return 'stored';
}

/** Says what was stored of the inside of a run in progress. */
function tellInside({ log, events }: PipelineContext, run: number, inside: InsideLook | null): void {
  if (inside === null) return;
  const { looks, slices, changes } = inside;
  for (const { look, gap } of looks)
    if (gap !== null) log.warn({ run, look, gap }, 'looks at a run are not seamless');
  for (const { happened, ...change } of changes) {
    log.info(
      { run, chamber: formatChamber(change), kind: change.kind, layers: change.layers, to: happened.to.at },
      'a change inside a run',
    );
  }
  events.announce({ type: 'inside', run, slices: slices.length, changes: changes.length });
}

/** Says what was decided of the run, and opens or closes the incident that the source shows less of it than was had. */
async function tellLife(
  { database, log, events }: PipelineContext,
  { run, life: before }: ClaimedJob,
  life: RunLife,
  { whole, failures, less }: Looked,
): Promise<void> {
  if (life.state !== before.state) {
    const next = life.lookAt === null ? 'never' : new Date(life.lookAt).toISOString();
    log.info({ run, from: before.state, life: life.state, why: life.reason, next }, 'life of a run');
    events.announce({ type: 'life', run, life: life.state });
  }
  // Chambers that could not be asked for say nothing of what the source has.
  if (!whole || (less.length === 0 && failures.length > 0)) return;
  const coverage = await saveCoverage(database, run, less);
  if (coverage === 'opened') {
    log.warn(
      { run, chambers: less.length, first: less[0] },
      'the source shows less of a run than was had; it is kept',
    );
  }
  if (coverage === 'closed') log.info({ run }, 'the source shows all of a run again');
}

/** Whether the source lists the run; what cannot be told is taken for yes, so that it is looked at again. */
async function isListed(
  context: PipelineContext,
  { run, dataset }: ListedRun,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { runs } = await listRuns(context, { dataset }, signal);
    return runs.some((each) => each.run === run);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof DqmError)) throw error;
    return true;
  }
}

/** Of a run without any histogram: whether it exists, and what lies where they should be. */
async function nothingOf(
  { chambers, source }: PipelineContext,
  run: ListedRun,
  isListed: boolean,
  signal: AbortSignal,
): Promise<string> {
  const none = `none of its ${chambers.length} histograms`;
  if (!isListed)
    return `there is no run ${run.run}: the DQM server does not list it in ${run.dataset}, and has ${none}`;
  const where = await source
    .whereHistograms({ run: run.run, dataset: run.dataset }, signal)
    .catch(() => null);
  signal.throwIfAborted();
  const there = where === null ? '' : ` (${where}; DQM_HISTOGRAM says where they are)`;
  return `the DQM server lists run ${run.run}, but has ${none} (yet)${there}; it is looked at again for two days`;
}

async function scoreChambers(
  { database, scorer }: PipelineContext,
  run: number,
  life: RunLife,
  chambers: readonly HadChamber[],
  signal: AbortSignal,
): Promise<{ model: string; pastRuns: number; scored: ChamberResult[] }> {
  const present = chambers.flatMap((chamber) => (chamber.state === 'present' ? [chamber] : []));
  const cells = present.map(({ wheel, station, sector, matrix, kept }) => ({
    chamber: { wheel, station, sector },
    matrix,
    partial: kept !== null && life.state !== 'final',
  }));
  const pastRuns = await countPastRuns(database, run);
  const inputs = inputsOfRun(cells, await goodHistory(database, run));
  const { model, verdicts } = await scoreByOneModel(scorer, inputs, {}, signal);
  const verdictOf = new Map(present.map((chamber, index) => [chamber, verdicts[index]]));
  const scored = chambers.map((chamber) => {
    if (chamber.state !== 'present') return chamber;
    const verdict = verdictOf.get(chamber);
    if (verdict === undefined) throw new Error(`the scorer said nothing of ${formatChamber(chamber)}`);
    return { ...chamber, verdict };
  });
  return { model, pastRuns, scored };
}

function countBad(chambers: readonly ChamberResult[]): number {
  return chambers
    .flatMap((chamber) => (chamber.state === 'present' ? chamber.verdict.verdicts : []))
    .filter((verdict) => verdict === 'bad').length;
}

/**
 * Fetches chambers of a run; the source limits how many at once.
 *
 * @param onAnswer called for each.
 * @returns in their order; what could not be fetched stands there with the reason.
 * @throws only when `signal` aborts.
 */
async function fetchChambers(
  source: OccupancySource,
  run: ListedRun,
  chambers: readonly ChamberId[],
  signal: AbortSignal,
  onAnswer: () => void,
): Promise<FetchedChamber[]> {
  return Promise.all(
    chambers.map(async (chamber) => {
      const fetched = await fetchChamber(source, run, chamber, signal);
      onAnswer();
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

/** What was fetched, without what other runs have. Recordings and toys may well be played twice. */
async function ownOf(
  { database, source }: PipelineContext,
  run: number,
  fetched: FetchedChamber[],
): Promise<FetchedChamber[]> {
  if (source.origin() !== 'real') return fetched;
  const shown = fetched.flatMap((chamber) => {
    if (chamber.state !== 'present') return [];
    const { wheel, station, sector, matrix } = chamber;
    return { wheel, station, sector, hits: hitsOf(matrix) };
  });
  const own = refuseRepeats(fetched, await chambersAround(database, run, shown));
  const compared = sampleOf(own).map(({ wheel, station, sector }) => ({ wheel, station, sector }));
  return refuseShared(own, await chambersAround(database, run, compared));
}

/** Why the run is an ERROR, naming the first few chambers; null when every chamber was fetched or is absent. */
function describeFailures(reasons: readonly string[], chambers: number): string | null {
  if (reasons.length === 0) return null;
  return `${reasons.length} of ${chambers} chambers could not be fetched: ${inShort(reasons)}`;
}
