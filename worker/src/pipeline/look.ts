import { type ChamberId, type Matrix, formatChamber, noWire } from '@dtdqm/contract';
import type { FetchedChamber } from '../dqm/source.ts';
import { refuseTwins } from './twins.ts';

/** Since when the source does not show the matrix that is had, and why. */
export interface Kept {
  /** Milliseconds since 1970. */
  since: number;
  reason: string;
}

/** A chamber as it is had after all looks so far. */
export type HadChamber = ChamberId &
  (
    | { state: 'present'; matrix: Matrix; hits: number; kept: Kept | null }
    | { state: 'absent' | 'failed'; reason: string }
  );

/** What a look at a run brought. */
export interface Looked {
  /** All chambers as they are had now. */
  chambers: HadChamber[];
  /** Those that were asked for, as they were shown; of what is taken for none, nothing was. */
  shown: FetchedChamber[];
  /** A matrix came, or grew. */
  grew: boolean;
  /** Anything changed but words: a chamber came, grew, is kept, or is shown whole again. */
  changed: boolean;
  /** All chambers were asked for. */
  whole: boolean;
  /** Reasons of the chambers that could not be fetched now, those that are kept included. */
  failures: string[];
  /** Reasons of the chambers of which the source shows less than is had. */
  less: string[];
}

/**
 * Looks at a run. What was had is never replaced by less: only a matrix with more hits, and of the same width, takes the place of
 * one. Counts of a run only grow; a source that shows fewer has restarted, been reset, or answers from a cache. What it shows of several
 * chambers at once is taken for none.
 *
 * @param had of all chambers; empty before the first look.
 * @param options.kind `probe` asks for the chamber with most hits and those that are not whole, and for the rest only when one of
 * them differs from what is had; `ask` answers for each chamber in turn.
 * @param options.isPatient a probe that fails is left at that; otherwise the rest is asked for.
 */
export async function lookAtRun(
  had: readonly HadChamber[],
  all: readonly ChamberId[],
  options: { kind: 'whole' | 'probe'; isPatient: boolean; now: number },
  ask: (chambers: readonly ChamberId[]) => Promise<FetchedChamber[]>,
): Promise<Looked> {
  const before = new Map(had.map((chamber) => [formatChamber(chamber), chamber]));
  const wanted = options.kind === 'whole' ? all : probesOf(all, before);
  const asked = await ask(wanted);
  const shownFirst = refuseTwins(asked);
  const first = merge(before, shownFirst, options.now);
  const differs = first.some(({ has, had: earlier, failure }) =>
    failure === null ? isOther(earlier, has) : !options.isPatient,
  );
  if (options.kind === 'probe' && !differs) {
    const failures = first.flatMap(({ failure }) => failure ?? []);
    return {
      chambers: [...had],
      shown: shownFirst,
      grew: false,
      changed: false,
      whole: false,
      failures,
      less: [],
    };
  }
  const rest = all.filter((chamber) => !wanted.includes(chamber));
  const shown = rest.length > 0 ? refuseTwins([...asked, ...(await ask(rest))]) : shownFirst;
  const merged = merge(before, shown, options.now);
  const after = new Map(merged.map(({ has }) => [formatChamber(has), has]));
  return {
    chambers: all.flatMap((chamber) => {
      const key = formatChamber(chamber);
      return after.get(key) ?? before.get(key) ?? [];
    }),
    shown,
    grew: merged.some(({ has, had: earlier }) => matrixIn(has) !== matrixIn(earlier)),
    changed: merged.some(({ has, had: earlier }) => isOther(earlier, has)),
    whole: true,
    failures: merged.flatMap(({ failure }) => failure ?? []),
    less: merged.flatMap(({ less }) => less ?? []),
  };
}

/** The chamber with most hits, in which growth shows first, and all that the source did not show whole. */
function probesOf(all: readonly ChamberId[], had: ReadonlyMap<string, HadChamber>): readonly ChamberId[] {
  const known = all.map((chamber) => ({ chamber, had: had.get(formatChamber(chamber)) }));
  const whole = known.filter((each) => each.had !== undefined && !isLacking(each.had));
  const most = whole.reduce<(typeof known)[number] | undefined>(
    (best, each) => (best === undefined || hitsIn(each.had) > hitsIn(best.had) ? each : best),
    undefined,
  );
  return known
    .filter((each) => each === most || each.had === undefined || isLacking(each.had))
    .map(({ chamber }) => chamber);
}

/** Whether the source does not show the chamber as it is had. */
export function isLacking(chamber: HadChamber): boolean {
  return chamber.state !== 'present' || chamber.kept !== null;
}

interface Merged {
  had: HadChamber | undefined;
  has: HadChamber;
  failure: string | null;
  less: string | null;
}

function merge(
  had: ReadonlyMap<string, HadChamber>,
  fetched: readonly FetchedChamber[],
  now: number,
): Merged[] {
  return fetched.map((chamber) => {
    const earlier = had.get(formatChamber(chamber));
    const kept = earlier?.state === 'present' ? whyKept(earlier, chamber) : null;
    const failure = chamber.state === 'failed' ? chamber.reason : null;
    if (earlier?.state === 'present' && kept !== null) {
      const since = earlier.kept?.since ?? now;
      const has: HadChamber = { ...earlier, kept: { since, reason: kept } };
      return {
        had: earlier,
        has,
        failure,
        less: failure === null ? `${formatChamber(chamber)}: ${kept}` : null,
      };
    }
    return { had: earlier, has: asHad(earlier, chamber), failure, less: null };
  });
}

/** Why the matrix that is had is not replaced by what was fetched; null when it may be. */
function whyKept(had: HadChamber & { state: 'present' }, fetched: FetchedChamber): string | null {
  if (fetched.state !== 'present') {
    return fetched.state === 'failed'
      ? `could not be fetched: ${fetched.reason}`
      : 'the source has no such histogram any more';
  }
  const hits = hitsOf(fetched.matrix);
  // There is nothing to lose.
  if (had.hits === 0) return null;
  const [before, now] = [widthOf(had.matrix), widthOf(fetched.matrix)];
  if (now !== before) return `the source shows ${now} columns, ${before} are had`;
  if (hits < had.hits) return `the source shows ${hits} hits, ${had.hits} are had`;
  return hits === had.hits && !isEqual(had.matrix, fetched.matrix)
    ? `the source shows as many hits in other cells`
    : null;
}

/** What is fetched, with the matrix that is had where that is the same. */
function asHad(earlier: HadChamber | undefined, { ...fetched }: FetchedChamber): HadChamber {
  if (fetched.state !== 'present') return fetched;
  const hits = hitsOf(fetched.matrix);
  const isSame = earlier?.state === 'present' && isEqual(earlier.matrix, fetched.matrix);
  return { ...fetched, matrix: isSame ? earlier.matrix : fetched.matrix, hits, kept: null };
}

function isOther(a: HadChamber | undefined, b: HadChamber): boolean {
  if (a?.state !== b.state || matrixIn(a) !== matrixIn(b)) return true;
  return a.state === 'present' && b.state === 'present' && (a.kept === null) !== (b.kept === null);
}

const matrixIn = (chamber: HadChamber | undefined) =>
  chamber?.state === 'present' ? chamber.matrix : undefined;
const hitsIn = (chamber: HadChamber | undefined) => (chamber?.state === 'present' ? chamber.hits : 0);
const widthOf = (matrix: Matrix) => matrix[0]?.length ?? 0;

/** Whether both count the same at every wire. */
export function isEqual(a: Matrix, b: Matrix): boolean {
  return (
    a === b || (widthOf(a) === widthOf(b) && a.every((row, y) => row.every((cell, x) => cell === b[y]?.[x])))
  );
}

/** The first few of many reasons, in a line. */
export function inShort(reasons: readonly string[]): string {
  const more = reasons.length > 3 ? `; and ${reasons.length - 3} more` : '';
  return `${reasons.slice(0, 3).join('; ')}${more}`;
}

/** Hits of all wires together. */
export function hitsOf(matrix: Matrix): number {
  let hits = 0;
  for (const row of matrix) for (const cell of row) if (cell !== noWire) hits += cell;
  return hits;
}
