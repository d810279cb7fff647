import { allChambers, layersOf } from '@dtdqm/contract';
import { chance, pick, randomOf, uniform } from '@dtdqm/contract/random';
import { drawFault, injectedKinds, simulateChamber, type InjectedKind } from '@dtdqm/simulator/detector';
import { layerFeatures } from '@dtdqm/worker/learning/strategies/features';

/** A layer with what strategies see and what an expert would say. */
export interface BankLayer {
  layer: number;
  features: number[];
  bad: boolean;
}

export interface BankChamber {
  layers: BankLayer[];
  bad: number;
  kind: InjectedKind | null;
}

export interface Bank {
  healthy: BankChamber[];
  faulty: BankChamber[];
}

/** Good layers that look odd: an expert calls a single dead or noisy cell good. */
const oddities: readonly InjectedKind[] = ['dead-cells', 'noisy-cell'];
const oddShare = 0.15;
/** Nothing bad can be told from few hits: an expert would skip such a chamber. */
const unfit: readonly InjectedKind[] = [...oddities, 'low-statistics'];
const kinds = injectedKinds.filter((kind) => !unfit.includes(kind));
/** Log-likelihood below which a fault is there but nobody could see it. */
const leastEvidence = 10;

/** Simulated chambers, once for all seeds: as built, with one fault each or none, in runs of differing length. */
export function makeBank(healthy: number, faulty: number, seed = 'bank'): Bank {
  return {
    healthy: Array.from({ length: healthy }, (_, index) => draw(`${seed}/healthy`, index, false)),
    faulty: Array.from({ length: faulty }, (_, index) => draw(`${seed}/faulty`, index, true)).filter(
      ({ bad }) => bad > 0,
    ),
  };
}

function draw(seed: string, index: number, broken: boolean): BankChamber {
  const random = randomOf(seed, index);
  const chamber = pick(random, allChambers);
  const odd = chance(random, oddShare) ? pick(random, oddities) : null;
  const kind = broken ? pick(random, kinds) : odd;
  const { matrix, badLayers, evidence } = simulateChamber({
    chamber,
    buildSeed: `${seed}/${index}`,
    runSeed: `${seed}/${index}`,
    lumisections: Math.round(uniform(random, 100, 600)),
    faults: kind === null ? [] : [drawFault(kind, chamber, random)],
  });
  const features = layerFeatures(matrix, chamber.station);
  const layers = layersOf(chamber.station).flatMap((layer) => {
    const bad = badLayers.includes(layer);
    if (bad && (evidence[layer - 1] ?? 0) < leastEvidence) return [];
    return [{ layer, features: features[layer - 1] as number[], bad }];
  });
  return { layers, bad: layers.filter((layer) => layer.bad).length, kind };
}
