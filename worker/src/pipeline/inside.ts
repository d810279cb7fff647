import { inputsOfSlices, scoreByOneModel } from '@dtdqm/detector';
import { DqmError, type ListedRun, type RunProgress } from '../dqm/source.ts';
import { type InsideLook, loadInside, makeSlicePartition, storedStart } from '../storage/slices.ts';
import type { PipelineContext } from './events.ts';
import type { FetchedChamber } from './look.ts';
import type { Moment } from './runLife.ts';
import {
  type JudgeSlices,
  type Watcher,
  beginInside,
  endInside,
  foldLook,
  showsOther,
  stateForm,
} from './slices.ts';

/** Tells no changes. */
const watcher: Watcher<null> = {
  version: 'none',
  begin: () => null,
  look: () => ({ watch: null, changes: [] }),
  rebase: () => null,
};

/** Of what is stored for the next look. */
const version = `${stateForm}/${watcher.version}`;

/** Longest that what is told beside histograms is waited for: the next look is due in less than a minute. */
const besideMs = 5000;

const otherVersion = 'another version of the monitor had looked at the run before';

/**
 * Takes a look at all chambers of a run in progress into what is known of its inside. A run is followed from the first look on at which no
 * newer one has data, until it is over; what is over when it is first looked at has no inside to be seen.
 *
 * @returns null when the run is not followed.
 * @throws the reason of `signal`, or what the database does.
 */
export async function lookInside(
  context: PipelineContext,
  run: ListedRun,
  { chambers, isOver, now, newer }: Moment & { chambers: readonly FetchedChamber[]; isOver: boolean },
  signal: AbortSignal,
): Promise<InsideLook | null> {
  const { database, scorer, log } = context;
  const shown = chambers.flatMap((chamber) => (chamber.state === 'present' ? [chamber] : []));
  const stored = await loadInside<null>(database, run.run, version);
  if (stored === null && (newer || isOver || shown.length === 0)) return null;
  if (stored === null) {
    await makeSlicePartition(database, run.run).catch((error: unknown) =>
      log.warn({ run: run.run, err: error }, 'slices of the run go into the default partition'),
    );
  }
  const state =
    stored === null ? beginInside<null>() : (stored.state ?? beginInside<null>(stored.looks, otherVersion));
  if (!showsOther(state, shown)) {
    return { state, look: null, grew: false, slices: [], changes: [], version, lumisections: null };
  }

  const [startedAt, progress] = await Promise.all([
    storedStart(database, run.run).then((at) => at?.getTime() ?? startOf(context, run, signal)),
    progressOf(context, run, signal),
  ]);
  let { model } = scorer;
  const judge: JudgeSlices = async (slices) => {
    if (slices.length === 0) return [];
    const judged = await scoreByOneModel(scorer, inputsOfSlices(slices), { saliency: false }, signal);
    model = judged.model;
    return judged.verdicts;
  };
  const moment = { at: new Date(now).toISOString(), lumisection: progress.lumisection };
  const start = startedAt === null ? null : { at: new Date(startedAt).toISOString(), lumisection: 0 };
  const { look, ...folded } = await foldLook(state, { moment, start, shown }, { judge, watcher });
  const eventAt = progress.eventAt === null ? null : new Date(progress.eventAt);
  return {
    ...folded,
    look: look && { ...look, eventAt, model },
    // Of a first look nobody knows whether it shows more than the one before.
    grew: stored !== null && (look?.hits ?? 0) > 0,
    version,
    lumisections: progress.lumisection,
  };
}

/** The same of a run that is over now. */
export function closeInside(inside: InsideLook): InsideLook {
  const { state, slices } = endInside(inside.state);
  return { ...inside, state, slices: [...inside.slices, ...slices] };
}

/** When the run began, milliseconds since 1970; null where the source does not tell it. No look fails for that. */
export function startOf(
  context: PipelineContext,
  run: ListedRun,
  signal: AbortSignal,
): Promise<number | null> {
  return besides(context, run, signal, null, (limited) => context.source.fetchRunStart(run, limited));
}

function progressOf(context: PipelineContext, run: ListedRun, signal: AbortSignal): Promise<RunProgress> {
  const nothing = { lumisection: null, eventAt: null };
  return besides(context, run, signal, nothing, (limited) => context.source.fetchProgress(run, limited));
}

async function besides<Told>(
  { log }: PipelineContext,
  { run }: ListedRun,
  signal: AbortSignal,
  otherwise: Told,
  ask: (limited: AbortSignal) => Promise<Told>,
): Promise<Told> {
  try {
    return await ask(AbortSignal.any([signal, AbortSignal.timeout(besideMs)]));
  } catch (error) {
    signal.throwIfAborted();
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
    if (!(error instanceof DqmError) && !isTimeout) throw error;
    if (!(error instanceof DqmError && error.code === 'absent'))
      log.warn({ run, reason: error.message }, 'it is not known when the run began, or how far it has come');
    return otherwise;
  }
}
