import type { Fault } from '@dtdqm/contract';
import { seededRandom } from '@dtdqm/contract/random';
import { describe, expect, it } from 'vitest';
import {
  aggregators,
  duplicateWeight,
  greedyPriorities,
  layerToAskAbout,
  rankChambers,
  type QueuedChamber,
} from './rank.ts';
import { strategies, type CandidateLayer } from './strategies.ts';

const random = seededRandom(3);
const background = Array.from({ length: 200 }, () => [random() - 0.5, random() - 0.5]);
const knowledge = { labelled: [], background, random };
const at = (...features: number[]): CandidateLayer[] => [{ layer: 1, score: 0.3, features, randomKey: 0.5 }];
/** Chambers, first to ask about first. */
const order = (priorities: readonly number[]) =>
  [...priorities.keys()].sort((a, b) => priorities[b]! - priorities[a]!);

describe('chambers asked about in turn', () => {
  it('are not all alike: of two duplicates one comes first and the other after everything that is unlike them', () => {
    const chambers = [at(1, 1), at(1, 1.001), at(-0.8, 0.8), at(0.6, -0.6), at(0, 0)];
    const acquisition = strategies['k-center'].rank(knowledge);
    const [first, ...rest] = order(greedyPriorities(chambers, acquisition, aggregators.min, 4));
    expect([0, 1]).toContain(first);
    expect(rest.slice(0, 2).sort()).toEqual([2, 3]);
    expect([0, 1]).toContain(rest.at(-1));
  });

  it('come in the order of the plain algorithm, which looks at all of them every time', () => {
    const chambers = Array.from({ length: 60 }, () => at(2 * random() - 1, 2 * random() - 1));
    const lazy = order(
      greedyPriorities(chambers, strategies['k-center'].rank(knowledge), aggregators.min, 20),
    );
    const acquisition = strategies['k-center'].rank(knowledge);
    const open = new Set(chambers.keys());
    const plain = Array.from({ length: 20 }, () => {
      const next = [...open].reduce((best, index) =>
        acquisition(chambers[index]![0]!) > acquisition(chambers[best]![0]!) ? index : best,
      );
      open.delete(next);
      acquisition.select?.(chambers[next]![0]!);
      return next;
    });
    expect(lazy.slice(0, 20)).toEqual(plain);
  });

  it('keep their priorities where one has nothing to do with another', () => {
    const chambers = [at(1, 1), at(1, 1)];
    expect(greedyPriorities(chambers, strategies.margin.rank(knowledge), aggregators.min, 2)).toEqual([
      0.6, 0.6,
    ]);
  });
});

describe('asking in turn', () => {
  it('looks at the most urgent layer of a chamber, and asks about no chamber without layers', () => {
    const asked: number[] = [];
    const acquisition = Object.assign(({ score }: CandidateLayer) => score, {
      select: ({ layer }: CandidateLayer) => void asked.push(layer),
    });
    const layer = (number: number, score: number) => ({ layer: number, score, features: [], randomKey: 0 });
    const chambers = [[layer(1, 0.1), layer(2, 0.8), layer(3, 0.2)], [], [layer(7, 0.9), layer(8, 0.3)]];
    expect(greedyPriorities(chambers, acquisition, aggregators.min, 5)).toEqual([0.8, 0, 0.9]);
    expect(asked).toEqual([7, 2]);
  });

  it('gives the rest what is left for them after all that is asked about', () => {
    const acquisition = strategies['k-center'].rank(knowledge);
    const chambers = [at(2, 2), at(2, 1.999), at(-0.1, 0)];
    const [first, second] = greedyPriorities(chambers, acquisition, aggregators.min, 1);
    expect(first).toBeGreaterThan(0.5);
    expect(second).toBeLessThan(0.01);
  });

  it('of nobody leaves each by itself', () => {
    const acquisition = strategies['k-center'].rank(knowledge);
    const [first, second] = greedyPriorities([at(2, 2), at(2, 2)], acquisition, aggregators.min, 0);
    expect(first).toBe(second);
  });
});

describe('from layers to their chamber', () => {
  const values = [0.1, 0.9, 0.4, 0.2];
  it('counts the most urgent layer alone, all of them, or the three most urgent', () => {
    expect(aggregators.min(values)).toBe(0.9);
    expect(aggregators.mean(values)).toBeCloseTo(0.4, 12);
    expect(aggregators['top-k'](values)).toBeCloseTo(0.5, 12);
    expect(aggregators['top-k']([0.2, 0.4])).toBeCloseTo(0.3, 12);
  });
  it('is 0 for a chamber without layers', () => {
    for (const aggregate of Object.values(aggregators)) expect(aggregate([])).toBe(0);
  });
});

describe('chambers of the queue', () => {
  const chamber = (changes: Partial<QueuedChamber> = {}): QueuedChamber => ({
    ...{ focus: 2, features: [3, 3], scores: [0.5, 0.9, -1], verdicts: ['good', 'bad', null], faults: [] },
    ...{ randomKey: 0.25, duplicates: 0, ...changes },
  });
  const rank = (
    name: keyof typeof strategies,
    chambers: QueuedChamber[],
    aggregator: 'min' | 'mean' = 'min',
  ) => rankChambers(strategies[name], knowledge, chambers, { aggregator, batch: 10 });

  it('are ranked by all of their scores where a strategy reads scores alone', () => {
    expect(rank('margin', [chamber()])).toEqual([1]);
    expect(rank('margin', [chamber()], 'mean')[0]).toBeCloseTo((1 + 0.2) / 2, 12);
    expect(rank('most-anomalous', [chamber()])).toEqual([0.9]);
  });

  it('are ranked by the layer that looks worst where a strategy reads features', () => {
    const expected = strategies['expected-gradient'].rank(knowledge)({
      ...{ layer: 2, score: 0.9, features: [3, 3], randomKey: 0.25 },
    });
    expect(rank('expected-gradient', [chamber()])).toEqual([expected]);
  });

  it('come later the more duplicates came before, but for those drawn at random', () => {
    const seen = [0, 1, 2].map((duplicates) => chamber({ duplicates }));
    expect(rank('margin', seen)).toEqual([1, 1 / 2, 1 / 3]);
    expect(rank('random', seen)).toEqual([0.75, 0.75, 0.75]);
    expect([strategies.margin, strategies.random].map(duplicateWeight)).toEqual([1, 0]);
  });

  it('are asked about in turn, duplicates of another chamber last', () => {
    const [first, second] = rank('k-center', [chamber(), chamber()]);
    expect(first).toBeGreaterThan(0.5);
    expect(second).toBe(0);
  });

  it('are asked about sooner where a fault is named in a layer that is called good all the same', () => {
    const hot: Fault = { kind: 'hot-layer', layers: [2], wires: null, confidence: 1 };
    const surelyGood = { scores: [0.001, 0.001], verdicts: ['good', 'good'] } as const;
    const priority = (changes: Partial<QueuedChamber>) =>
      rank('mixed', [chamber({ ...surelyGood, ...changes })])[0]!;
    expect(priority({ faults: [hot] })).toBeGreaterThan(5 * priority({}));
    expect(priority({ faults: [{ ...hot, kind: 'noisy-cell' }] })).toBe(priority({}));
    // What it calls bad nobody needs to be asked about for being named.
    expect(priority({ faults: [hot], verdicts: ['good', 'bad'] })).toBe(priority({}));
  });
});

describe('the layer of a chamber that is asked about', () => {
  const layers = (...scores: number[]) =>
    scores.map((score, row) => ({ layer: row + 1, score, excused: 0 })) as [
      { layer: number; score: number; excused: number },
    ];
  it('is the one that looks worst, or the grossest that is excused while none looks bad', () => {
    const excused = layers(0.02, 0.3, 0.001, 0.004).map((layer) => ({
      ...layer,
      excused: layer.layer > 2 ? 1 / layer.layer : 0,
    }));
    expect(layerToAskAbout(layers(0.02, 0.3, 0.001, 0.004)).layer).toBe(2);
    expect(layerToAskAbout(excused as ReturnType<typeof layers>).layer).toBe(3);
    excused[1]!.score = 0.7;
    expect(layerToAskAbout(excused as ReturnType<typeof layers>).layer).toBe(2);
  });
});
