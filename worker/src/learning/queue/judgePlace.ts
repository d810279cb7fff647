import { noScore, type AggregatorName } from '@dtdqm/contract';
import type { QueuePlace, StoredPriorities } from '../../storage/queue/place.ts';
import { storedStrategies } from '../../storage/queue/place.ts';
import type { ScoredChamber } from '../../storage/queue/candidates.ts';
import { layerFeatures } from '../features/layerFeatures.ts';
import { aggregators } from '../strategies/aggregate.ts';
import { strategies } from '../strategies/index.ts';
import type { CandidateLayer, Knowledge, Urgency } from '../strategies/strategy.ts';
import { twinKey } from '../strategies/twins.ts';

/** The layers of a scored chamber with what strategies look at. */
export function candidateLayers({ matrix, station, scores }: ScoredChamber): CandidateLayer[] {
  return layerFeatures(matrix, station).flatMap((features, row) => {
    const score = scores[row] ?? noScore;
    return features === null || score === noScore ? [] : [{ layer: row + 1, score, features }];
  });
}

/** Works out a chamber's place by every strategy at once; null for a chamber without a scored layer. */
export function placeJudge(
  knowledge: Knowledge,
  aggregator: AggregatorName,
): (chamber: ScoredChamber, layers: readonly CandidateLayer[]) => QueuePlace | null {
  const urgencies = storedStrategies.map((name): [keyof StoredPriorities, Urgency] => [
    name,
    strategies[name].prepare(knowledge),
  ]);
  return (chamber, layers) => {
    const [first, ...rest] = layers;
    if (first === undefined) return null;
    const { run, wheel, station, sector, faults } = chamber;
    const focus = rest.reduce((worst, layer) => (layer.score > worst.score ? layer : worst), first);
    return {
      run,
      wheel,
      station,
      sector,
      certainty: Math.min(...layers.map(({ score }) => Math.abs(0.5 - score))),
      twin: twinKey(chamber, faults, focus.layer),
      focus: focus.layer,
      features: focus.features,
      priorities: Object.fromEntries(
        urgencies.map(([name, urgency]) => [name, aggregators[aggregator](layers.map(urgency))]),
      ) as StoredPriorities,
    };
  };
}
