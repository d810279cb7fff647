import { type ChamberId, type Matrix, formatChamber, isSameChamber, noWire } from '@dtdqm/contract';
import type { FetchedChamber } from '../dqm/source.ts';

/**
 * From how many bits on two chambers are not the same by chance. Ten years of 20,000 runs, 20 looks each, and 31,125 pairs of
 * chambers a look are 2^37 comparisons: an accident in 2^27 such decades. It takes 150 to 200 hits, spread as muons do over the 600 wires
 * of a chamber; below, content says too little of whose it is.
 */
const beyondChance = 64;

/**
 * Makes those chambers of one look failed whose hits are the same, wire by wire: a server that mixes up its histograms gave one for
 * several, and nobody knows whose it is.
 */
export function refuseTwins(fetched: readonly FetchedChamber[]): FetchedChamber[] {
  const byContent = new Map<string, FetchedChamber[]>();
  for (const chamber of fetched) {
    if (chamber.state !== 'present') continue;
    const content = JSON.stringify(chamber.matrix);
    const same = byContent.get(content);
    if (same) same.push(chamber);
    else byContent.set(content, [chamber]);
  }
  const reasons = new Map<FetchedChamber, string>();
  for (const same of byContent.values()) {
    const [first] = same;
    if (same.length < 2 || first?.state !== 'present' || distinctness(first.matrix) < beyondChance) continue;
    for (const chamber of same) reasons.set(chamber, reasonOf(chamber, same));
  }
  return fetched.map((chamber) => failedFor(reasons.get(chamber), chamber));
}

/** A chamber as another run has it. */
export interface ElsewhereHad extends ChamberId {
  run: number;
  matrix: Matrix;
}

/**
 * Makes those chambers failed whose hits are those of the same chamber in another run, wire by wire: a server that answers from a cache, or for
 * a run that it does not have, shows what it had before, and all would look as well as it was then.
 */
export function refuseRepeats(
  fetched: readonly FetchedChamber[],
  elsewhere: readonly ElsewhereHad[],
): FetchedChamber[] {
  return fetched.map((chamber) => {
    if (chamber.state !== 'present') return chamber;
    // Hardly any other run has as many hits: only what has is compared wire by wire.
    const same = elsewhere.find(
      (had) => isSameChamber(had, chamber) && JSON.stringify(had.matrix) === JSON.stringify(chamber.matrix),
    );
    if (same === undefined || distinctness(chamber.matrix) < beyondChance) return chamber;
    const reason = `${formatChamber(chamber)}: its hits are those of run ${same.run} too, wire by wire: nobody knows whose they are`;
    return failedFor(reason, chamber);
  });
}

/** Of a look so many chambers, evenly spread, are compared with other runs: some 7,000 wires. */
const chambersCompared = 12;
/**
 * Below so much of the scatter of counting, two runs share their hits; of a run that has grown by a factor g since, (g - 1) / (g + 1) is left, so it
 * is found up to sevenfold. Pairs of recorded chambers have 1.08 and more; of fewer wires nothing is said: at 2,000 the limit is seven
 * standard deviations below 1.
 */
const sharedBelow = 0.75;
const wiresNeeded = 2000;
/** A run is another one once so many wires scatter so much; all of 50 runs would take 0.2 s, and nobody else is answered meanwhile. */
const wiresOfOthers = 1000;
const othersFrom = 0.95;
/** Of real chambers the counts of neighbouring wires differ by 0.92 and more of what counting gives; pulses do not scatter, and say nothing. */
const countsFrom = 0.8;

/** Those chambers of a look that are compared with other runs. */
export function sampleOf(fetched: readonly FetchedChamber[]): (FetchedChamber & { state: 'present' })[] {
  const present = fetched.filter((chamber) => chamber.state === 'present');
  const step = Math.max(1, present.length / chambersCompared);
  return present.filter((_, index) => Math.floor(index / step) > Math.floor((index - 1) / step));
}

/**
 * Makes all chambers of a look failed that share their hits with another run, one having what the other had a while before or after: a server that
 * answers every question with a run in progress, which is another one at each look. Runs that differ scatter about each other as counting
 * does, wire by wire; where one is a part of the other only what came since scatters.
 *
 * @param elsewhere the chambers of `sampleOf` in other runs.
 */
export function refuseShared(
  fetched: readonly FetchedChamber[],
  elsewhere: readonly ElsewhereHad[],
): FetchedChamber[] {
  const shownIn = new Map(sampleOf(fetched).map((chamber) => [formatChamber(chamber), chamber.matrix]));
  for (const run of new Set(elsewhere.map((each) => each.run))) {
    const pairs = elsewhere.flatMap((each) => {
      const shown = each.run === run ? shownIn.get(formatChamber(each)) : undefined;
      return shown === undefined ? [] : [[shown, each.matrix] as const];
    });
    const between = new Scatter();
    for (const [one, other] of pairs) {
      between.addBetween(one, other);
      if (between.wires >= wiresOfOthers && between.mean >= othersFrom) break;
    }
    if (between.wires < wiresNeeded || between.mean >= sharedBelow) continue;
    const [one, other] = [new Scatter(), new Scatter()];
    for (const [shown, theirs] of pairs) {
      one.addWithin(shown);
      other.addWithin(theirs);
    }
    if (Math.min(one.mean, other.mean) < countsFrom) continue;
    return fetched.map((chamber) =>
      chamber.state === 'present'
        ? failedFor(
            `${formatChamber(chamber)}: the hits shown are a part of those of run ${run}, or the reverse: nobody knows whose they are`,
            chamber,
          )
        : chamber,
    );
  }
  return [...fetched];
}

/** Mean of squared differences of counts, in units of what counting gives; at most 9 each, which hardly a wire has by chance. */
class Scatter {
  wires = 0;
  #sum = 0;

  get mean(): number {
    return this.#sum / Math.max(1, this.wires);
  }

  #add(square: number): void {
    this.wires += 1;
    this.#sum += Math.min(9, square);
  }

  /** Of each wire between two runs; layers may count differently. */
  addBetween(one: Matrix, other: Matrix): void {
    one.forEach((row, y) => {
      const theirs = other[y] ?? [];
      const isWire = (x: number) => row[x] !== noWire && (theirs[x] ?? noWire) !== noWire;
      let [own, all] = [0, 0];
      for (let x = 0; x < row.length; x++) {
        if (!isWire(x)) continue;
        own += row[x]!;
        all += row[x]! + theirs[x]!;
      }
      const share = own / all;
      for (let x = 0; x < row.length; x++) {
        if (!isWire(x)) continue;
        const both = row[x]! + theirs[x]!;
        if (both * Math.min(share, 1 - share) >= 2)
          this.#add((row[x]! - both * share) ** 2 / (both * share * (1 - share)));
      }
    });
  }

  /** Between each wire and the next of its layer. */
  addWithin(matrix: Matrix): void {
    for (const row of matrix) {
      for (let x = 1; x < row.length; x++) {
        const [a, b] = [row[x - 1]!, row[x]!];
        if (a !== noWire && b !== noWire && a + b >= 4) this.#add((a - b) ** 2 / (a + b));
      }
    }
  }
}

function failedFor(reason: string | undefined, chamber: FetchedChamber): FetchedChamber {
  if (reason === undefined) return chamber;
  const { wheel, station, sector } = chamber;
  return { wheel, station, sector, state: 'failed', reason };
}

function reasonOf(chamber: FetchedChamber, same: readonly FetchedChamber[]): string {
  const others = same.filter((each) => each !== chamber).map(formatChamber);
  const named = others.slice(0, 2).join(' and ');
  const more = others.length > 2 ? ` and ${others.length - 2} more` : '';
  return `${formatChamber(chamber)}: its hits are those of ${named}${more} too, wire by wire: nobody knows whose they are`;
}

/**
 * Bits that the arrangement of its counts over the wires with hits holds: the binary logarithm of the number of other arrangements.
 * Wires without hits do not count, nor does a pattern of equal counts, as test pulses make in all chambers alike: it holds none.
 */
function distinctness(matrix: Matrix): number {
  const wires = new Map<number, number>();
  for (const hits of matrix.flat()) if (hits > 0) wires.set(hits, (wires.get(hits) ?? 0) + 1);
  let total = 0;
  let bits = 0;
  for (const alike of wires.values()) {
    for (let wire = 1; wire <= alike; wire += 1) bits += Math.log2(++total / wire);
  }
  return bits;
}
