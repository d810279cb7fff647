import {
  allChambers,
  formatChamber,
  layersOf,
  layersOfSuperlayer,
  type Matrix,
  rowsPerChamber,
  superlayersOf,
  wiresOf,
} from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import { binomial, chance, integer, pick, type Random, randomOf } from '@dtdqm/contract/random';
import { type Example, thresholdFor } from '@dtdqm/detector/training';
import { type InjectedFault, simulateChamber, wiresInLayer } from '@dtdqm/simulator/detector';
import { datasetOf, type LayerScorer } from './methods/method.ts';

export interface GoalResult {
  readonly name: string;
  readonly goal: string;
  readonly value: number;
}

/** Where a fault is put: which layers of the chamber, and which cells of them. */
interface Goal {
  readonly name: string;
  readonly goal: string;
  readonly layers: 'one' | 'superlayer' | 'chamber';
  readonly cells: number | 'half' | 'all';
  /** Share of hits that is left. */
  readonly level: number;
}

/** What is asked of the detector on real chambers, at 0.2 % false alarms. */
const goals: readonly Goal[] = [
  { name: 'dead half', goal: '1.00', layers: 'one', cells: 'half', level: 0 },
  { name: 'half at 25 %', goal: '1.00', layers: 'one', cells: 'half', level: 0.25 },
  { name: 'dead layer', goal: '1.00', layers: 'one', cells: 'all', level: 0 },
  { name: 'layer at 30 %', goal: '1.00', layers: 'one', cells: 'all', level: 0.3 },
  { name: 'layer at 70 %', goal: '1.00', layers: 'one', cells: 'all', level: 0.7 },
  { name: 'dead 16 cells', goal: '1.00', layers: 'one', cells: 16, level: 0 },
  { name: 'dead 8 cells', goal: '>= 0.98', layers: 'one', cells: 8, level: 0 },
  { name: 'dead 4 cells', goal: '>= 0.60', layers: 'one', cells: 4, level: 0 },
  { name: '8 cells in four layers', goal: '>= 0.95', layers: 'superlayer', cells: 8, level: 0 },
  { name: 'dead superlayer', goal: '1.00', layers: 'superlayer', cells: 'all', level: 0 },
  { name: 'superlayer at 50 %', goal: '>= 0.80', layers: 'superlayer', cells: 'all', level: 0.5 },
  { name: '16 cells in all layers', goal: '>= 0.99', layers: 'chamber', cells: 16, level: 0 },
];

const falseAlarms = 0.002;
const quarter = 0.25;

/**
 * Injects faults into recorded chambers and measures the share of faulty layers found, single cells called bad, and false
 * alarms at a quarter of the statistics; the threshold is set on the healthy layers as they are.
 *
 * @param examples recorded chambers; layers not known to be good are left out.
 */
export function measureGoals(
  score: LayerScorer,
  examples: readonly Example[],
  repetitions: number,
): { healthyLayers: number; leftOut: string[]; goals: GoalResult[] } {
  const called = examples.filter(({ bad }) => bad.every((value) => value !== 1));
  const healthy = called.map(leaveOutDead);
  const asIs = datasetOf(healthy);
  const threshold = thresholdFor(score(asIs), asIs.bad, falseAlarms);
  const times = (make: (example: Example, random: Random) => Example, seed: string) =>
    datasetOf(
      healthy.flatMap((example, index) =>
        Array.from({ length: repetitions }, (_, again) => make(example, randomOf(seed, index, again))),
      ),
    );
  const reached = (data: ReturnType<typeof datasetOf>, label: 0 | 1) => {
    const scores = score(data);
    const chosen = indices(data.bad, label);
    return chosen.filter((layer) => scores[layer]! >= threshold).length / chosen.length;
  };
  const thinned = (example: Example, random: Random) => ({
    ...example,
    matrix: thin(example.matrix, quarter, random),
  });
  const dead16 = goals.find(({ name }) => name === 'dead 16 cells')!;
  const results: GoalResult[] = [
    ...goals.map((goal) => ({
      name: goal.name,
      goal: goal.goal,
      value: reached(
        times((example, random) => inject(example, goal, random), goal.name),
        1,
      ),
    })),
    { name: 'one dead cell called bad', goal: '<= 0.01', value: reached(times(deadCell, 'dead cell'), 1) },
    { name: 'one noisy cell called bad', goal: '<= 0.01', value: reached(times(noisyCell, 'noisy cell'), 1) },
    {
      name: 'quarter statistics: dead 16 cells',
      goal: '>= 0.95',
      value: reached(
        times((example, random) => inject(thinned(example, random), dead16, random), 'quarter 16'),
        1,
      ),
    },
    {
      name: 'quarter statistics: healthy called bad',
      goal: '<= 0.01',
      value: reached(times(thinned, 'quarter'), 0),
    },
  ];
  return {
    healthyLayers: asIs.layers.length,
    leftOut: called.flatMap((example, index) => namesOfLeftOut(example, healthy[index]!)),
    goals: results,
  };
}

/** Runs of dead cells from this length on are what the detector is there to find, whatever a recording says. */
const longestHealthyRun = 5;

/** Takes the label off layers with a long dead run. */
function leaveOutDead(example: Example): Example {
  const bad = example.bad.map((value, row) =>
    longestDeadRun(wiresOf(example.matrix[row]!)) > longestHealthyRun ? null : value,
  );
  return { ...example, bad };
}

function longestDeadRun(wires: readonly number[]): number {
  let longest = 0;
  let current = 0;
  for (const hits of wires) {
    current = hits === 0 ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}

function namesOfLeftOut(before: Example, after: Example): string[] {
  return before.bad.flatMap((value, row) =>
    value !== after.bad[row] ? [`run ${before.run} ${formatChamber(before.chamber)} layer ${row + 1}`] : [],
  );
}

function indices(values: Float32Array, wanted: number): number[] {
  const found: number[] = [];
  values.forEach((value, index) => value === wanted && found.push(index));
  return found;
}

/** Marks the touched layers 1 so that they can be looked up; whether they are bad is for the goal to say. */
function touched(example: Example, matrix: Matrix, layers: readonly number[]): Example {
  const bad = Array.from({ length: rowsPerChamber }, (_, row) =>
    layers.includes(row + 1) ? (1 as const) : example.bad[row] === null ? null : (0 as const),
  );
  return { ...example, matrix, bad };
}

function inject(example: Example, goal: Goal, random: Random): Example {
  const layers = layersFor(example, goal, random);
  const shortest = Math.min(...layers.map((layer) => wiresOf(example.matrix[layer - 1]!).length));
  const [first, last] = cellsFor(goal, shortest, random);
  const matrix = example.matrix.map((row, index) =>
    layers.includes(index + 1)
      ? row.map((hits, wire) =>
          hits > 0 && wire >= first && wire <= last ? binomial(random, hits, goal.level) : hits,
        )
      : row,
  );
  return touched(example, matrix, layers);
}

function layersFor({ chamber }: Example, { layers }: Goal, random: Random): number[] {
  if (layers === 'one') return [pick(random, layersOf(chamber.station))];
  if (layers === 'chamber') return layersOf(chamber.station);
  return layersOfSuperlayer(pick(random, superlayersOf(chamber.station)));
}

function cellsFor({ cells }: Goal, wires: number, random: Random): [first: number, last: number] {
  if (cells === 'all') return [0, Infinity];
  const middle = wires >> 1;
  if (cells === 'half') return chance(random, 0.5) ? [0, middle - 1] : [middle, Infinity];
  const first = integer(random, 0, wires - cells);
  return [first, first + cells - 1];
}

function deadCell(example: Example, random: Random): Example {
  return inject(example, { name: '', goal: '', layers: 'one', cells: 1, level: 0 }, random);
}

function noisyCell(example: Example, random: Random): Example {
  const layer = pick(random, layersOf(example.chamber.station));
  const matrix = example.matrix.map((row) => [...row]);
  const row = matrix[layer - 1]!;
  const wire = integer(random, 0, wiresOf(row).length - 1);
  row[wire] = Math.round((Math.max(...row) + 1) * Math.exp(3 * random()));
  return touched(example, matrix, [layer]);
}

function thin(matrix: Matrix, share: number, random: Random): Matrix {
  return matrix.map((row) => row.map((hits) => (hits > 0 ? binomial(random, hits, share) : hits)));
}

export const deadWidths = [1, 2, 3, 4, 6, 8, 12, 16, 24];
/** Layers as long as this, or a cell shorter. */
export const layerLengths = [48, 49, 57, 60, 72, 92, 96];

/**
 * Share of layers with one dead run that reach a threshold, by width of the run and length of the layer, at some tens of
 * hits per wire.
 *
 * @returns `[width][length]`.
 */
export function sensitivityByWidth(
  score: LayerScorer,
  threshold: number,
  seed: number,
  repetitions: number,
): number[][] {
  return deadWidths.map((width) =>
    layerLengths.map((length) => {
      const examples = Array.from({ length: repetitions }, (_, index) =>
        simulate(width, length, seed, index),
      );
      const data = datasetOf(examples);
      const scores = score(data);
      const faulty = indices(data.bad, 1);
      return faulty.filter((layer) => scores[layer]! >= threshold).length / faulty.length;
    }),
  );
}

const wantedHits = 30;

function simulate(width: number, length: number, seed: number, index: number): Example {
  const random = randomOf(seed, 'width', width, length, index);
  const places = allChambers.flatMap((chamber) =>
    Array.from({ length: 12 }, (_, row) => row + 1)
      .filter((layer) => wiresInLayer(chamber, layer) === length)
      .map((layer) => ({ chamber, layer })),
  );
  const { chamber, layer } = pick(random, places);
  const first = integer(random, 1, length - width + 1);
  const fault: InjectedFault = {
    kind: 'dead-region',
    layers: [layer],
    wires: { first, last: first + width - 1 },
    level: 0,
    bad: true,
  };
  const conditions = { chamber, buildSeed: `${seed}/${index}`, runSeed: `${seed}/${width}/${index}` };
  const probe = simulateChamber({ ...conditions, lumisections: 100 }).matrix[layer - 1]!.slice(0, length);
  const hits = sum(probe) / length;
  const lumisections = (100 * wantedHits) / Math.max(hits, 0.5);
  const { matrix } = simulateChamber({ ...conditions, lumisections, faults: [fault] });
  const bad = Array.from({ length: 12 }, (_, row) => (row + 1 === layer ? 1 : 0) as 0 | 1);
  return { run: index, chamber, matrix, history: [], bad };
}
