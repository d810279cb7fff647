import { formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { FetchedChamber } from './fetchRun.ts';

/** Why the run is an ERROR, naming the first few chambers; null when every chamber was had or is absent. */
export function describeFailures(fetched: readonly FetchedChamber[]): string | null {
  const reasons = fetched.flatMap((chamber) => (chamber.state === 'failed' ? [chamber.reason] : []));
  if (reasons.length === 0) return null;
  const more = reasons.length > 3 ? `; and ${reasons.length - 3} more` : '';
  return `${reasons.length} of ${fetched.length} chambers could not be had: ${reasons.slice(0, 3).join('; ')}${more}`;
}

/**
 * Puts matrices from an earlier fetch where this one failed: an occupancy that is a little old is worth more than none,
 * and nothing that was had once may get lost.
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
