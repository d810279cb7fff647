import type { StrategyName } from '@dtdqm/contract';
import { seededRandom, shuffled } from '@dtdqm/contract/random';
import { aggregators, greedyPriorities } from '@dtdqm/worker/learning/strategies/rank';
import { strategies } from '@dtdqm/worker/learning/strategies/strategies';
import type { Bank, BankChamber, BankLayer } from './bank.ts';
import { standardiser } from '@dtdqm/worker/learning/strategies/features';
import { type Head, fitLogistic } from '@dtdqm/worker/learning/strategies/logistic';

interface World {
  pool: BankChamber[];
  test: BankChamber[];
}

const poolChambers = 700;
const testChambers = 700;

/** A pool to label and a test of the same kind, disjoint, with the given share of bad layers. The same for all strategies. */
export function drawWorld(bank: Bank, badShare: number, seed: number): World {
  const random = seededRandom(seed);
  const layersOf = (chambers: readonly BankChamber[]) =>
    chambers.reduce((sum, { layers }) => sum + layers.length, 0);
  const perChamber = layersOf(bank.faulty) / bank.faulty.length;
  const badPerFault = bank.faulty.reduce((sum, { bad }) => sum + bad, 0) / bank.faulty.length;
  const faultyShare = (badShare * perChamber) / badPerFault;
  const healthy = shuffled(bank.healthy, random);
  const faulty = shuffled(bank.faulty, random);
  const take = (chambers: number) => {
    const broken = Math.max(3, Math.round(chambers * faultyShare));
    return shuffled([...healthy.splice(0, chambers - broken), ...faulty.splice(0, broken)], random);
  };
  const pool = take(poolChambers);
  const test = take(testChambers);
  if (pool.length + test.length < poolChambers + testChambers) throw new RangeError('the bank is too small');
  return { pool, test };
}

/** Numbers of labels at which the model is trained anew and judged. */
export const checkpoints = [10, 20, 30, 40, 50, 60, 80, 100, 130, 160, 200, 250, 300, 400];

export interface Step {
  labels: number;
  auc: number;
  /** Chambers with bad layers among the labelled. */
  faults: number;
}

/** One expert who labels what a strategy asks for, chamber by chamber, from nothing. */
export function campaign({ pool, test }: World, strategy: StrategyName, seed: number): Step[] {
  const random = seededRandom(1_000_003 * seed + 17);
  const poolLayers = pool.flatMap(({ layers }) => layers);
  const testLayers = test.flatMap(({ layers }) => layers);
  const background = shuffled(poolLayers, random).slice(0, 400);
  const input = inputMap(background);
  let open = shuffled(pool, random);
  let labelled: BankChamber[] = [];
  const steps: Step[] = [];
  for (const labels of checkpoints) {
    const score = train(labelled, input);
    const acquisition = strategies[strategy].rank({
      // The queue keeps one layer a chamber: the one that looks worst.
      labelled: labelled.map((chamber) => worstLayer(chamber, score)),
      background: background.map(({ features }) => features),
      random,
    });
    const batch = labels - labelled.length;
    // Drawn for the random strategy alone, so that the others' numbers do not depend on it.
    const key = () => (strategy === 'random' ? 1 - random() : 0);
    const candidates = open.map(({ layers }) =>
      layers.map((layer) => ({ ...layer, score: score(layer), randomKey: key() })),
    );
    const priorities = greedyPriorities(candidates, acquisition, aggregators.min, batch);
    const ranked = open
      .map((chamber, index) => ({ chamber, priority: priorities[index]! }))
      .sort((a, b) => b.priority - a.priority)
      .map(({ chamber }) => chamber);
    labelled = [...labelled, ...ranked.slice(0, batch)];
    open = ranked.slice(batch);
    const auc = areaUnderRoc(testLayers, train(labelled, input));
    steps.push({ labels, auc, faults: labelled.filter(({ bad }) => bad > 0).length });
    // Ties must not keep the order that an earlier round gave.
    open = shuffled(open, random);
  }
  return steps;
}

function worstLayer({ layers }: BankChamber, score: (layer: BankChamber['layers'][0]) => number) {
  return layers.reduce((worst, layer) => (score(layer) > score(worst) ? layer : worst));
}

type Score = (layer: BankLayer) => number;

/** What the model is trained on: features and their squares, so that "too few" and "too many" can both be bad. */
function inputMap(sample: readonly BankLayer[]): (layer: BankLayer) => number[] {
  const standardise = standardiser(sample.map(({ features }) => features));
  const cache = new WeakMap<BankLayer, number[]>();
  return (layer) => {
    let input = cache.get(layer);
    if (input === undefined) {
      const linear = standardise(layer.features);
      input = [...linear, ...linear.map((value) => Math.min(9, value ** 2))];
      cache.set(layer, input);
    }
    return input;
  };
}

/** The model after these labels; while it has seen one class only it knows nothing. */
function train(labelled: readonly BankChamber[], input: (layer: BankLayer) => number[]): Score {
  const layers = labelled.flatMap(({ layers: own }) => own);
  const bad = layers.filter((layer) => layer.bad).length;
  if (bad === 0 || bad === layers.length) return () => bad / Math.max(1, layers.length);
  const head: Head = fitLogistic(layers.map((layer) => ({ features: input(layer), bad: layer.bad })));
  return (layer) => head(input(layer));
}

/** Area under the receiver operating curve: chance that a bad layer scores above a good one. */
function areaUnderRoc(layers: readonly BankLayer[], score: Score): number {
  const scored = layers
    .map((layer) => ({ score: score(layer), bad: layer.bad }))
    .sort((a, b) => a.score - b.score);
  let ranks = 0;
  let bad = 0;
  for (let from = 0; from < scored.length;) {
    let to = from;
    while (to < scored.length && scored[to]?.score === scored[from]?.score) to += 1;
    for (let index = from; index < to; index += 1) {
      if (!scored[index]?.bad) continue;
      bad += 1;
      ranks += (from + 1 + to) / 2;
    }
    from = to;
  }
  return (ranks - (bad * (bad + 1)) / 2) / (bad * (scored.length - bad));
}
