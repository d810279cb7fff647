import { allChambers, type ChamberId, type Matrix } from '@dtdqm/contract';
import { type Random, integer, logUniform, pick, poisson, randomOf, uniform } from '@dtdqm/contract/random';
import { calibratedSpread, simulateChamber, wideSpread, type HealthySpread } from '@dtdqm/simulator/detector';
import type { Example } from '@dtdqm/detector/training';

/** A way in which healthy chambers may differ from those that the detector was trained on. */
export interface Variant {
  readonly name: string;
  readonly spread?: HealthySpread;
  /** Limits of a run's length; 100 lumisections give 5 hits per wire in MB3 and 75 in the outer MB1. */
  readonly lumisections?: readonly [low: number, high: number];
  readonly stations?: readonly number[];
  /** Changes the counts; -1 stays. */
  readonly change?: (matrix: Matrix, random: Random) => Matrix;
}

const ordinary = [60, 2000] as const;

/** What real chambers do, or are said to do, and simulated ones do not: nothing of it is in the training data. */
export const variants: readonly Variant[] = [
  { name: 'as calibrated' },
  { name: 'as widely spread as in training', spread: wideSpread },
  { name: 'MB4 alone', stations: [4] },
  { name: '1 to 3 hits per wire in MB3', lumisections: [20, 60] },
  { name: '10^4 to 10^6 hits per wire', lumisections: [1e5, 2e6] },
  { name: 'layers differ by 5 % (sd)', spread: { ...calibratedSpread, layerLevel: 0.05 } },
  { name: 'layers differ by 8 % (sd)', spread: { ...calibratedSpread, layerLevel: 0.08 } },
  { name: 'edge wires at half', spread: { ...calibratedSpread, edge: [0.45, 0.55] } },
  {
    name: 'slopes of up to 60 % along the wires',
    change: byRow((random) => slope(uniform(random, -0.6, 0.6))),
  },
  { name: 'arched profiles', change: byRow((random) => arch(uniform(random, -0.4, 0.4))) },
  {
    name: 'dead, weak and noisy cells in all layers',
    spread: { ...calibratedSpread, deadCells: 1, weakCells: 0.5, noisyCells: 0.5 },
  },
  { name: 'one cell at 100 times', change: hotCell },
  { name: 'counts to 1 in 300 of the maximum', change: coarse },
  { name: 'least count taken off', change: shifted },
  { name: 'theta layers of 47 and 48 wires', stations: [1, 2, 3], change: narrowTheta },
  { name: 'wires vary by 10 % (sd)', spread: { ...calibratedSpread, wireLevel: 0.1 } },
];

export function healthyExamples(
  { name, spread, lumisections, stations, change }: Variant,
  count: number,
  seed: number,
): Example[] {
  const chambers = allChambers.filter(({ station }) => stations?.includes(station) ?? true);
  return Array.from({ length: count }, (_, index) => {
    const random = randomOf(seed, name, index);
    const chamber: ChamberId = pick(random, chambers);
    const build = `${seed}/${name}/${index}`;
    const { matrix } = simulateChamber({
      chamber,
      buildSeed: build,
      runSeed: build,
      lumisections: logUniform(random, ...(lumisections ?? ordinary)),
      ...(spread ? { spread } : {}),
    });
    const bad = matrix.map((row) => (row.some((hits) => hits >= 0) ? (0 as const) : null));
    return {
      run: index + 1,
      chamber,
      matrix: change?.(matrix, random) ?? matrix,
      history: [],
      bad,
    };
  });
}

/** The same factor by wire in all layers of a superlayer, drawn afresh. */
function byRow(draw: (random: Random) => (place: number) => number) {
  return (matrix: Matrix, random: Random): Matrix => {
    const factors = [draw(random), draw(random), draw(random)];
    return matrix.map((row, index) => {
      const wires = row.filter((hits) => hits >= 0).length;
      return row.map((hits, wire) =>
        hits < 0
          ? hits
          : poisson(random, hits * factors[index >> 2]!((2 * wire) / Math.max(1, wires - 1) - 1)),
      );
    });
  };
}

const slope = (steepness: number) => (place: number) => 1 + steepness * place;
const arch = (height: number) => (place: number) => 1 + height * (1 - 2 * place * place);

function hotCell(matrix: Matrix, random: Random): Matrix {
  const rows = matrix.flatMap((row, index) => (row.some((hits) => hits >= 0) ? [index] : []));
  const chosen = pick(random, rows);
  const wire = pick(
    random,
    matrix[chosen]!.flatMap((hits, cell) => (hits >= 0 ? [cell] : [])),
  );
  return matrix.map((row, index) =>
    index === chosen ? row.map((hits, cell) => (cell === wire ? 100 * hits + 100 : hits)) : row,
  );
}

/** As counts are that were read off a picture of 256 colours. */
function coarse(matrix: Matrix): Matrix {
  const step = Math.max(1, Math.max(...matrix.flat()) / 300);
  return matrix.map((row) =>
    row.map((hits) => (hits < 0 ? hits : Math.round(Math.round(hits / step) * step))),
  );
}

/** As counts are that were read off a picture whose scale began at the least count. */
function shifted(matrix: Matrix): Matrix {
  const counts = matrix.flat().filter((hits) => hits >= 0);
  const least = counts.reduce((a, b) => Math.min(a, b));
  const most = counts.reduce((a, b) => Math.max(a, b));
  const stretch = most > least ? most / (most - least) : 1;
  return matrix.map((row) => row.map((hits) => (hits < 0 ? hits : Math.round((hits - least) * stretch))));
}

function narrowTheta(matrix: Matrix, random: Random): Matrix {
  const wires = 47 + integer(random, 0, 1);
  return matrix.map((row, index) => {
    if (index >> 2 !== 1) return row;
    return row.map((hits, cell) => (cell < wires ? hits : -1));
  });
}
