import type { StrategyName } from '@dtdqm/contract';
import { seededRandom, shuffled } from '@dtdqm/contract/random';
import { aggregators, greedyPriorities } from '@dtdqm/worker/learning/strategies/rank';
import { strategies } from '@dtdqm/worker/learning/strategies/strategies';
import type { Bank, BankChamber } from './bank.ts';
import { areaUnderRoc, inputMap, train } from './learner.ts';

export interface World {
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
