import { type ChamberId, type Matrix, type RunMoment, formatChamber } from '@dtdqm/contract';
import { DqmError, type ListedRun, type OccupancySource } from '../dqm/source.ts';
import { hitsOf } from './look.ts';
import type { FoldedLook, InsideState, ShownLook } from './slices.ts';
import { difference, goesOn, isAlike, sumOfBoth } from './snapshots.ts';

/** A look comes every two lumisections. After more than two missed ones, or where counts fell, the plots of the lumisections between are worth asking for. */
const lumisectionsALook = 2;
const mostWithout = 2 * lumisectionsALook;

/** Requests that filling may cost: as many as eight looks. A lumisection of all chambers is 250. */
const mostRequests = 2000;
/** Longest that it may hold up the look: then the next one is due. */
const mostMs = 45_000;
/** Chambers beside those that are of interest: what a run gave to count takes ten to be known. */
const witnesses = 12;

/** Hits between two looks that plots of single lumisections tell apart. */
interface Filled<Watch> {
  state: InsideState<Watch>;
  /** Looks as there would have been; of few chambers only where `isPart`. */
  looks: FoldedLook<Watch>[];
  isPart: boolean;
  /** What was used, what was not there, and what disagrees; null when nothing was asked for. */
  said: string | null;
}

/** Between two looks: after the one lumisection, up to the other one. */
interface Span {
  from: RunMoment & { lumisection: number };
  to: RunMoment & { lumisection: number };
}

/**
 * Where looks at a run were missed, or its counts fell, takes looks into the state as they would have been, from plots of single
 * lumisections, where the server has them. The run's own plot stays what is believed: nothing beyond it is ever taken from them.
 *
 * All chambers are asked for while that costs no more than 2,000 requests; else those in which the look shows something bad, or changed, and
 * some that are well, and of a span that is too long even for that the newest lumisections.
 *
 * @param seen the look that is to be folded next.
 * @throws the reason of `signal`.
 */
export async function fillMissed<Watch>(
  source: OccupancySource,
  run: ListedRun,
  { state, seen }: { state: InsideState<Watch>; seen: ShownLook },
  fold: (state: InsideState<Watch>, look: ShownLook) => Promise<FoldedLook<Watch>>,
  signal: AbortSignal,
): Promise<Filled<Watch>> {
  const nothing: Filled<Watch> = { state, looks: [], isPart: false, said: null };
  const span = spanOf(state, seen);
  if (span === null) return nothing;
  const missed = span.to.lumisection - span.from.lumisection;
  const fallen = seen.shown.filter((chamber) => hasFallen(state, chamber));
  const open = missed > mostWithout ? seen.shown.filter((chamber) => isOpen(state, chamber)) : fallen;
  if (missed < 1 || open.length === 0) return nothing;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(mostMs)]);
  const listed = await unlessFailed(signal, [], () => source.listLumisections(run, limited));
  const there = listed.filter((each) => each > span.from.lumisection && each <= span.to.lumisection);
  if (there.length === 0) return nothing;

  const isPart = open.length * missed > mostRequests;
  const asked = isPart ? await worthAsking(open, missed, () => fold(state, seen)) : open;
  if (asked.length === 0) return nothing;
  const wanted = there.sort((a, b) => b - a).slice(0, Math.floor(mostRequests / asked.length));
  const plots = await askFor(source, run, { chambers: asked, lumisections: wanted }, { signal, limited });

  const known = new Map(state.chambers.map((each) => [formatChamber(each), each.last.matrix]));
  const filled = asked.map((chamber) => {
    const before = known.get(formatChamber(chamber)) ?? null;
    const of = (lumisection: number) => plots.get(lumisection)?.get(formatChamber(chamber));
    return { chamber, ...between(before, chamber.matrix, span, of) };
  });
  const looks: FoldedLook<Watch>[] = [];
  let next = state;
  for (let lumisection = span.from.lumisection + 1; lumisection <= span.to.lumisection; lumisection += 1) {
    const isDue = (lumisection - span.from.lumisection) % lumisectionsALook === 0;
    if (!isDue && plots.has(lumisection) && plots.has(lumisection + 1)) continue;
    const shown = filled.flatMap(({ chamber: { wheel, station, sector }, snapshots }) => {
      const matrix = snapshots.get(lumisection);
      return matrix ? [{ wheel, station, sector, matrix }] : [];
    });
    if (shown.length === 0) continue;
    const folded = await fold(next, { moment: momentAt(span, lumisection), start: seen.start, shown });
    looks.push(folded);
    next = folded.state;
  }
  const disagree = filled.filter((each) => each.disagrees).length;
  return { state: next, looks, isPart, said: inWords(span, asked.length, [...plots.keys()], disagree) };
}

/** From the newest look in the state, or the start of the run, to this one; null where it is not known how far the run had come. */
function spanOf<Watch>(
  { chambers, anew, ...state }: InsideState<Watch>,
  { moment: to, start }: ShownLook,
): Span | null {
  const from =
    chambers.length > 0
      ? chambers.map(({ last }) => last).reduce((a, b) => (b.look > a.look ? b : a)).moment
      : anew === null
        ? (start ?? state.start)
        : null;
  if (!from || from.lumisection === null || to.lumisection === null || from.at >= to.at) return null;
  return {
    from: { at: from.at, lumisection: from.lumisection },
    to: { at: to.at, lumisection: to.lumisection },
  };
}

/** Whether a chamber was seen with the newest look, or not yet at all, and does not wait for it to be known whether its counts fell. */
function isOpen<Watch>({ chambers }: InsideState<Watch>, chamber: ChamberId): boolean {
  const key = formatChamber(chamber);
  const newest = Math.max(0, ...chambers.map(({ last }) => last.look));
  const known = chambers.find((each) => formatChamber(each) === key);
  return known === undefined ? newest === 0 : known.last.look === newest && known.fallen === null;
}

function hasFallen<Watch>(state: InsideState<Watch>, chamber: ChamberId & { matrix: Matrix }): boolean {
  const known = state.chambers.find((each) => formatChamber(each) === formatChamber(chamber));
  return known !== undefined && isOpen(state, chamber) && !goesOn(known.last.matrix, chamber.matrix);
}

/** Chambers with something to be told apart, and some that are well. */
async function worthAsking<Watch, Chamber extends ChamberId & { matrix: Matrix }>(
  open: readonly Chamber[],
  missed: number,
  look: () => Promise<FoldedLook<Watch>>,
): Promise<readonly Chamber[]> {
  const { changes, slices } = await look();
  const keys = (all: readonly ChamberId[]) => all.map(formatChamber);
  const bad = slices.filter(({ verdicts }) => verdicts.includes('bad'));
  const ofInterest = new Set([...keys(changes), ...keys(bad)]);
  const byKey = new Map(open.map((chamber) => [formatChamber(chamber), chamber]));
  const most = Math.max(1, Math.floor(mostRequests / missed) - witnesses);
  const interesting = [...ofInterest].flatMap((key) => byKey.get(key) ?? []).slice(0, most);
  if (interesting.length === 0) return [];
  const well = open
    .filter((chamber) => !ofInterest.has(formatChamber(chamber)))
    .sort((a, b) => hitsOf(b.matrix) - hitsOf(a.matrix));
  return [...interesting, ...well.slice(0, witnesses)];
}

type Plots = Map<number, ReadonlyMap<string, Matrix>>;

/** Plots by lumisection and chamber, the newest lumisection first; those of which there is any. */
async function askFor(
  source: OccupancySource,
  run: ListedRun,
  { chambers, lumisections }: { chambers: readonly ChamberId[]; lumisections: readonly number[] },
  { signal, limited }: { signal: AbortSignal; limited: AbortSignal },
): Promise<Plots> {
  const plots: Plots = new Map();
  for (const lumisection of lumisections) {
    const fetched = await Promise.all(
      chambers.map(async (chamber) => {
        const ask = () => source.fetchChamber({ ...run, lumisection }, chamber, limited);
        return [formatChamber(chamber), await unlessFailed(signal, null, ask)] as const;
      }),
    );
    const had = fetched.flatMap(([key, matrix]) => (matrix ? [[key, matrix] as const] : []));
    if (had.length > 0) plots.set(lumisection, new Map(had));
    // It answers nobody, or wants to be left alone.
    if (had.length === 0 || limited.aborted) break;
  }
  return plots;
}

async function unlessFailed<Told>(
  signal: AbortSignal,
  otherwise: Told,
  ask: () => Promise<Told>,
): Promise<Told> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
    if (!(error instanceof DqmError) && !isTimeout) throw error;
    return otherwise;
  }
}

/**
 * What a chamber would have shown after each lumisection of a span: up to the first that is not there from what was shown before, from the last
 * that is not there on from what is shown now. A look and the lumisection that the run had reached are not told at the same moment, so that two
 * lumisections more or less are no disagreement.
 *
 * @param now less than before where the counts fell: then nothing is compared with it.
 */
export function between(
  before: Matrix | null,
  now: Matrix,
  { from, to }: { from: { lumisection: number }; to: { lumisection: number } },
  plotOf: (lumisection: number) => Matrix | undefined,
): { snapshots: ReadonlyMap<number, Matrix>; disagrees: boolean } {
  const snapshots = new Map<number, Matrix>();
  const fell = !goesOn(before, now);
  let [sum, reached, most] = [before, from.lumisection, 0];
  for (; reached < to.lumisection; reached += 1) {
    const plot = plotOf(reached + 1);
    if (!plot || !isAlike(sum ?? now, plot)) break;
    sum = sum === null ? plot : sumOfBoth(sum, plot);
    most = Math.max(most, hitsOf(plot));
    if (fell || goesOn(sum, now)) snapshots.set(reached + 1, sum);
  }
  const isWhole = reached === to.lumisection;
  const left = isWhole && sum && !fell ? Math.abs(hitsOf(now) - hitsOf(sum)) : 0;
  const beyond =
    !fell &&
    [...Array(Math.max(0, reached - from.lumisection - 2)).keys()].some(
      (index) => !snapshots.has(from.lumisection + 1 + index),
    );
  if (left > 2 * most || beyond) return { snapshots: new Map(), disagrees: true };
  if (fell || isWhole) {
    if (!fell) snapshots.delete(to.lumisection);
    return { snapshots, disagrees: false };
  }
  const newest = snapshots.get(reached) ?? before;
  let rest = now;
  for (let lumisection = to.lumisection; lumisection > reached + 1; lumisection -= 1) {
    const plot = plotOf(lumisection);
    if (!plot || !isAlike(rest, plot) || !goesOn(plot, rest)) break;
    rest = difference(rest, plot);
    if (!goesOn(newest, rest)) break;
    snapshots.set(lumisection - 1, rest);
  }
  return { snapshots, disagrees: false };
}

/** When a lumisection was over: looks come on average in the middle of the one that follows. */
function momentAt({ from, to }: Span, lumisection: number): RunMoment {
  const share = (lumisection - from.lumisection) / (to.lumisection - from.lumisection + 0.5);
  const [began, ends] = [Date.parse(from.at), Date.parse(to.at)];
  return { at: new Date(Math.round(began + share * (ends - began))).toISOString(), lumisection };
}

function inWords({ from, to }: Span, chambers: number, had: readonly number[], disagree: number): string {
  const missing = Array.from(
    { length: to.lumisection - from.lumisection },
    (_, index) => from.lumisection + 1 + index,
  ).filter((each) => !had.includes(each));
  return [
    `lumisections ${from.lumisection + 1} to ${to.lumisection} are told apart in ${chambers} chambers by plots of their own`,
    ...(missing.length > 0
      ? [
          `${missing.length} of them have none, or were not asked for: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', ...' : ''}`,
        ]
      : []),
    ...(disagree > 0
      ? [`in ${disagree} chambers they disagree with the plot of the run, which is believed`]
      : []),
  ].join('; ');
}
