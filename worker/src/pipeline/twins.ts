import { type ChamberId, type Matrix, formatChamber, isSameChamber } from '@dtdqm/contract';
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
