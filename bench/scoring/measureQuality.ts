import { mean, upperQuantile } from '@dtdqm/contract/numbers';
import type { SaliencyMethodName } from '@dtdqm/contract';
import { loadModel, explain } from '@dtdqm/detector/engine';
import { badKinds, faultyChambers } from './faultyChambers.ts';
import { randomised } from './randomised.ts';
import {
  completenessErrors,
  deletionWins,
  explainFound,
  localisation,
  rankCorrelation,
} from './saliencyQuality.ts';

export interface Quality {
  /** How many layers, or chambers, were explained. */
  readonly explained: number;
  /** 95th percentile of the error, relative to the logit gained over the baseline with the chamber's estimates held. */
  readonly completeness: number;
  /** The same against the baseline with its own estimates. */
  readonly completenessOwn: number;
  /** Median share of the attribution on the wires of the injected fault. */
  readonly localisation: number;
  /** Share of layers in which healing in order of attribution beats healing in random order; of those with faults of one layer, and of several. */
  readonly deletion: number;
  readonly deletionOneLayer: number;
  readonly deletionManyLayers: number;
  /** Mean rank correlation with the attribution of networks with shuffled weights. */
  readonly randomisation: number;
}

/**
 * The measures of issue 3 on simulated chambers with one fault each, in the mix of the simulator's runs.
 *
 * @param what one bad layer of each, or the chamber as a whole, which is what a run explains.
 */
export async function measureQuality(
  folder: string,
  method: SaliencyMethodName,
  chambers: number,
  seed: number,
  what: 'layer' | 'chamber' = 'layer',
): Promise<Quality> {
  const model = await loadModel(folder);
  const explained = explainFound(model, faultyChambers(seed, chambers, badKinds), method, what);
  const correlations: number[] = [];
  for (const shuffle of [1, 2, 3]) {
    const other = await randomised(model, folder, shuffle);
    for (const { wires, layer, attribution } of explained) {
      const [blind] = explain(other, [wires], method, { layer });
      correlations.push(rankCorrelation(attribution, blind!));
    }
  }
  const wins = deletionWins(model, explained, seed);
  const share = (wanted: (fault: (typeof explained)[number]['fault']) => boolean) => {
    const chosen = wins.filter((_, index) => wanted(explained[index]!.fault));
    return chosen.filter(Boolean).length / chosen.length;
  };
  return {
    explained: explained.length,
    completeness: upperQuantile(completenessErrors(model, explained, true), 0.95),
    completenessOwn: upperQuantile(completenessErrors(model, explained, false), 0.95),
    localisation: upperQuantile(localisation(explained), 0.5),
    deletion: share(() => true),
    deletionOneLayer: share(({ layers }) => layers.length === 1),
    deletionManyLayers: share(({ layers }) => layers.length > 1),
    randomisation: mean(correlations),
  };
}
