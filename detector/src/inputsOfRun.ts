import { formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { upperQuantile } from '@dtdqm/contract/numbers';
import { meanOfWires } from './features/levels.ts';
import type { ScorerInput } from './scorer.ts';

export interface MatrixOfChamber {
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
}

/** A chamber as a run before counted it. */
interface PastMatrix {
  readonly run: number;
  readonly matrix: Matrix;
}

/** Chambers of a station that must tell how long a run was, so that a few that are sick do not. */
const leastChambers = 8;

/**
 * Puts the chambers of a run beside their past. How long each past run was, is told by the median chamber of the same station:
 * only so does a chamber show that sinks as a whole. The more chambers of the run are given, the better it is known.
 *
 * @param past by `formatChamber`, newest first.
 */
export function inputsOfRun(
  chambers: readonly MatrixOfChamber[],
  past: ReadonlyMap<string, readonly PastMatrix[]>,
): ScorerInput[] {
  const pasts = chambers.map(({ chamber }) => past.get(formatChamber(chamber)) ?? []);
  const ratios = new Map<string, number[]>();
  chambers.forEach(({ chamber, matrix }, index) => {
    const now = levelOf(matrix);
    for (const { run, matrix: then } of pasts[index]!) {
      const ratio = levelOf(then) / now;
      if (!(ratio > 0 && ratio < Infinity)) continue;
      const key = keyOf(chamber, run);
      ratios.set(key, [...(ratios.get(key) ?? []), ratio]);
    }
  });
  return chambers.map(({ chamber, matrix }, index) => {
    const exposures = pasts[index]!.map(({ run }) => medianOf(ratios.get(keyOf(chamber, run)) ?? []));
    return {
      chamber,
      matrix,
      history: pasts[index]!.map(({ matrix: then }) => then),
      exposures: exposures.every((each) => each !== undefined) ? exposures : undefined,
    };
  });
}

function keyOf({ station }: ChamberId, run: number): string {
  return `${station}/${run}`;
}

/** Hits per wire, noisy cells held down. */
function levelOf(matrix: Matrix): number {
  return meanOfWires(Float64Array.from(matrix.flatMap((row) => row.filter((hits) => hits >= 0))));
}

function medianOf(ratios: readonly number[]): number | undefined {
  if (ratios.length < leastChambers) return undefined;
  return upperQuantile(ratios, 0.5);
}
