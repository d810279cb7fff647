import { formatChamber } from '@dtdqm/contract';
import {
  exposureOf,
  inputsOfSlices,
  newWatch,
  rebaseWatch,
  scoreByOneModel,
  watchLook,
  type Watch,
} from '@dtdqm/detector';
import { DqmError, type FetchedChamber, type ListedRun } from '../dqm/source.ts';
import {
  type AboutRun,
  type InsideLook,
  loadInside,
  makeSlicePartition,
  storedStart,
} from '../storage/slices.ts';
import type { PipelineContext } from './events.ts';
import { fillMissed } from './lumisections.ts';
import type { Moment } from './runLife.ts';
import {
  type InsideState,
  type JudgeSlices,
  type ShownLook,
  type Watcher,
  beginInside,
  endInside,
  foldLook,
  showsOther,
  stateForm,
} from './slices.ts';

/** What the detector remembers of a chamber; its version goes up with any change of its form. */
export const watcher: Watcher<Watch> = {
  version: '2',
  begin: newWatch,
  exposure: exposureOf,
  look: watchLook,
  rebase: rebaseWatch,
};

/** Of what is stored for the next look. */
export const insideStateVersion = `${stateForm}/${watcher.version}`;

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
  const { database, source, scorer, log } = context;
  const shown = chambers.flatMap((chamber) => (chamber.state === 'present' ? [chamber] : []));
  const stored = await loadInside<Watch>(database, run.run, insideStateVersion);
  if (stored === null && (newer || isOver || shown.length === 0)) return null;
  if (stored === null) {
    await makeSlicePartition(database, run.run).catch((error: unknown) =>
      log.warn({ run: run.run, err: error }, 'slices of the run go into the default partition'),
    );
  }
  const state =
    stored === null ? beginInside<Watch>() : (stored.state ?? beginInside<Watch>(stored.looks, otherVersion));
  if (!showsOther(state, shown)) {
    return {
      ...{ state, looks: [], grew: false, slices: [], changes: [] },
      ...{ version: insideStateVersion, about: nothingKnown },
    };
  }

  const about = await aboutRun(context, run, signal);
  let { model } = scorer;
  const judge: JudgeSlices = async (slices) => {
    if (slices.length === 0) return [];
    const judged = await scoreByOneModel(scorer, inputsOfSlices(slices), { saliency: false }, signal);
    model = judged.model;
    return judged.verdicts;
  };
  const moment = { at: new Date(now).toISOString(), lumisection: about.lumisection };
  const start =
    about.startedAt === null ? null : { at: new Date(about.startedAt).toISOString(), lumisection: 0 };
  const seen = { moment, start, shown };
  const fold = (before: InsideState<Watch>, look: ShownLook) => foldLook(before, look, { judge, watcher });
  const filled = await fillMissed(source, run, { state, seen }, fold, signal);
  const last = await fold(filled.state, seen);
  const folded = [...filled.looks, last];
  for (const { error, ...chamber } of folded.flatMap(({ unwatched }) => unwatched))
    log.error({ run: run.run, chamber: formatChamber(chamber), err: error }, 'a chamber is watched anew');
  const look = last.look && {
    ...last.look,
    gap: [last.look.gap, filled.said].filter(Boolean).join('; ') || null,
  };
  return {
    state: last.state,
    looks: [
      ...filled.looks.map((each) => ({ look: each.look, filled: filled.isPart ? 'part' : 'all' }) as const),
      { look, filled: null },
    ].flatMap((each) => (each.look ? [{ ...each.look, filled: each.filled, model }] : [])),
    slices: folded.flatMap(({ slices }) => slices),
    changes: folded.flatMap(({ changes }) => changes),
    // Of a first look nobody knows whether it shows more than the one before.
    grew: stored !== null && (last.look?.hits ?? 0) > 0,
    version: insideStateVersion,
    about,
  };
}

/** The same of a run that is over now. */
export function closeInside(inside: InsideLook): InsideLook {
  const { state, slices } = endInside(inside.state);
  return { ...inside, state, slices: [...inside.slices, ...slices] };
}

const nothingKnown: AboutRun = { startedAt: null, lumisection: null, eventAt: null };

/** What the source, or what is stored, tells of a run beside its histograms. No look fails for that. */
export async function aboutRun(
  context: PipelineContext,
  run: ListedRun,
  signal: AbortSignal,
): Promise<AboutRun> {
  const { source, database } = context;
  const known = await storedStart(database, run.run);
  const progress = await besides(context, run, signal, nothingKnown, (limited) =>
    source.fetchProgress(run, limited),
  );
  const { startedAt = null, ...told } = progress;
  const start =
    known?.getTime() ??
    ('startedAt' in progress
      ? startedAt
      : await besides(context, run, signal, null, (limited) => source.fetchRunStart(run, limited)));
  return { ...told, startedAt: start };
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
