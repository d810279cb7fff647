import { seededRandom } from '@dtdqm/contract/random';
import { describe, expect, it } from 'vitest';
import { aggregators, greedyPriorities } from './rank.ts';
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
