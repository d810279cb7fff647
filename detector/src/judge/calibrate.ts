import { noScore, rowsPerChamber } from '@dtdqm/contract';
import type { ModelMetadata } from '../model/metadata.ts';
import type { LayerSamples } from '../preprocessing/preprocessing.ts';

/** P(bad) from logit(bad) - logit(good): temperature scaling with an offset (Guo et al., ICML 2017). */
export function probability(
  difference: number,
  { temperature, offset }: ModelMetadata['calibration'],
): number {
  return 1 / (1 + Math.exp(-(difference / temperature + offset)));
}

/** Twelve scores for each chamber, -1 where there is no layer. */
export function scoresOf(
  samples: LayerSamples,
  differences: Float32Array,
  chambers: number,
  calibration: ModelMetadata['calibration'],
): number[][] {
  const scores = Array.from({ length: chambers }, () => new Array<number>(rowsPerChamber).fill(noScore));
  samples.layers.forEach(({ chamber, row }, sample) => {
    scores[chamber]![row] = probability(differences[sample]!, calibration);
  });
  return scores;
}
