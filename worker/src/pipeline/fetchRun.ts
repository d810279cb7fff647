import { allChambers, type ChamberId, type Matrix } from '@dtdqm/contract';
import { DqmError, type ListedRun, type OccupancySource } from '../dqm/source.ts';

export type FetchedChamber = ChamberId &
  ({ state: 'present'; matrix: Matrix } | { state: 'absent' | 'failed'; reason: string });

/**
 * Fetches all 250 chambers of a run; how many at once is the source's affair.
 *
 * @param onProgress called with the number of chambers answered for so far.
 * @returns in the order of `allChambers`; what could not be had stands there with the reason.
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
