import { randomOf } from '@dtdqm/contract/random';
import { expect, it } from 'vitest';
import { featureCount, featureIndex } from '../features/features.ts';
import { limitsOf } from './limits.ts';

/** Healthy layers: those with few hits score highest, and of those with the fewest, those with runs before. */
function healthy(count: number) {
  const random = randomOf('healthy layers');
  const features = new Float32Array(count * featureCount);
  const scores = new Float32Array(count);
  const layers = Array.from({ length: count }, (_, sample) => {
    const [hits, runs] = [[1, 3, 10, 100][sample % 4]!, [0, 1, 3][sample % 3]!];
    features[sample * featureCount + featureIndex.hits] = Math.log10(hits + 0.1);
    features[sample * featureCount + featureIndex.historyRuns] = runs / 4;
    scores[sample] = random() * (hits < 5 ? 0.9 : 0.4) * (hits < 2 && runs > 1 ? 1.1 : 1);
    return { hits, runs };
  });
  return {
    layers,
    scored: { scores, samples: { tensors: { features }, bad: new Float32Array(count), count } },
  };
}

it('calls no more healthy layers bad in short runs than in long ones, nor with runs before than without', () => {
  const { layers, scored } = healthy(60_000);
  const limits = limitsOf(scored, scored);
  const limitOf = (runs: number) =>
    runs === 0 ? limits.bad : runs === 1 ? limits.badWithOneRun : limits.badWithPast;
  for (const hits of [1, 3, 10, 100]) {
    for (const runs of [0, 1, 3]) {
      const which = layers.flatMap((layer, sample) =>
        layer.hits === hits && layer.runs === runs ? [sample] : [],
      );
      const limit = hits < limits.unknownBelowHits ? limits.badWhenFewHits : limitOf(runs);
      const bad = which.filter((sample) => scored.scores[sample]! >= limit).length;
      expect(bad / which.length, `${hits} hits per wire, ${runs} runs before`).toBeLessThanOrEqual(0.002);
    }
  }
});
