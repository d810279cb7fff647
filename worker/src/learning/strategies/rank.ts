import { noScore, type AggregatorName, type Fault, type Verdict } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import {
  doubtOfExcused,
  type Acquisition,
  type CandidateLayer,
  type Knowledge,
  type Strategy,
  excusedLayers,
} from './strategies.ts';

const topLayers = 3;

/** From the values of a chamber's layers to that of the chamber; 0 for none. */
export const aggregators: Readonly<Record<AggregatorName, (values: readonly number[]) => number>> = {
  min: (values) => Math.max(0, ...values),
  mean: (values) => average(values),
  'top-k': (values) => average([...values].sort((a, b) => b - a).slice(0, topLayers)),
};

function average(values: readonly number[]): number {
  return sum(values) / Math.max(1, values.length);
}

/** A chamber as the queue keeps it. */
export interface QueuedChamber {
  /** Layer 1..12 to ask about, see {@link layerToAskAbout}. */
  focus: number;
  /** Of the focus layer. */
  features: readonly number[];
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: readonly number[];
  verdicts: readonly (Verdict | null)[];
  faults: readonly Fault[];
  randomKey: number;
  /** Chambers that came before and look bad in the same way. */
  duplicates: number;
}

export interface RankOptions {
  aggregator: AggregatorName;
  /** Chambers that are asked about before there is an answer to learn from; 0 ranks each by itself. */
  batch: number;
}

/** Which layer of a chamber its features are kept of: the one with the greatest score, unless none looks bad and the judge excuses one: then the grossest. */
export function layerToAskAbout<Layer extends Pick<CandidateLayer, 'score' | 'excused'>>(
  layers: readonly [Layer, ...Layer[]],
): Layer {
  const most = (of: (layer: Layer) => number) =>
    layers.reduce((so, layer) => (of(layer) > of(so) ? layer : so), layers[0]);
  const [looksWorst, grossest] = [most(({ score }) => score), most(({ excused = 0 }) => excused)];
  return (grossest.excused ?? 0) === 0 || looksWorst.score > doubtOfExcused ? looksWorst : grossest;
}

/** Priorities of chambers that wait, greater is sooner, in their order. */
export function rankChambers(
  strategy: Strategy,
  knowledge: Knowledge,
  chambers: readonly QueuedChamber[],
  { aggregator, batch }: RankOptions,
): number[] {
  const priorities = greedyPriorities(
    chambers.map((chamber) => layersRead(strategy, chamber)),
    strategy.rank(knowledge),
    aggregators[aggregator],
    batch,
  );
  return priorities.map((priority, index) =>
    discounted(strategy, priority, (chambers[index] as QueuedChamber).duplicates),
  );
}

/** A fault that lasts for many runs is asked about once at full weight, then at a half, a third and so on. */
function discounted(strategy: Strategy, priority: number, duplicates: number): number {
  return priority / (1 + duplicateWeight(strategy) * duplicates);
}

/** 1 where each duplicate that came before makes a chamber come later, 0 where it does not. */
export function duplicateWeight({ ignoresDuplicates }: Strategy): number {
  return ignoresDuplicates === true ? 0 : 1;
}

function layersRead({ reads }: Strategy, chamber: QueuedChamber): CandidateLayer[] {
  const { focus, features, scores, randomKey } = chamber;
  const excused = excusedLayers(chamber);
  return scores.flatMap((score, row) =>
    score === noScore || (reads === 'features' && row + 1 !== focus)
      ? []
      : [{ layer: row + 1, score, features, randomKey, excused: excused.get(row + 1) }],
  );
}

/**
 * Priorities of chambers that are asked about one after the other before there is an answer to learn from: each of the first `count`
 * in the light of those before it, the rest in the light of all of these. Otherwise the first ten would all be alike.
 *
 * @param chambers layers of each; of a chamber that is asked about its most urgent layer counts as asked.
 * @param aggregate from the values of layers to the priority of their chamber.
 * @returns priorities in the order of the chambers; sorted, they give the order to ask in.
 */
export function greedyPriorities(
  chambers: readonly (readonly CandidateLayer[])[],
  acquisition: Acquisition,
  aggregate: (values: readonly number[]) => number,
  count: number,
): number[] {
  const priorityOf = (index: number) => aggregate(chambers[index]!.map(acquisition));
  const priorities = chambers.map((_, index) => priorityOf(index));
  if (acquisition.select === undefined) return priorities;
  // A chamber without layers has nothing that could be asked about.
  const open = new Set([...priorities.keys()].filter((index) => chambers[index]!.length > 0));
  for (let asked = 0; asked < count && open.size > 0; asked += 1) {
    let next = -1;
    for (const index of open) if (next < 0 || priorities[index]! > priorities[next]!) next = index;
    open.delete(next);
    acquisition.select(mostUrgentLayer(chambers[next]!, acquisition));
    for (const index of open) priorities[index] = priorityOf(index);
  }
  return priorities;
}

function mostUrgentLayer(layers: readonly CandidateLayer[], acquisition: Acquisition): CandidateLayer {
  return layers.reduce((most, layer) => (acquisition(layer) > acquisition(most) ? layer : most));
}
