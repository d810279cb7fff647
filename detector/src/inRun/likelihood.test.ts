import { poisson, randomOf, uniform } from '@dtdqm/contract/random';
import { expect, test } from 'vitest';
import { whenOf } from './likelihood.ts';

test.each([
  ['died, of two hits a look', 2, 0],
  ['died, of thirty', 30, 0],
  ['counts half, of six', 6, 0.5],
])('the moment at which something %s lies in its interval of 95 %% so often', (_, hits, level) => {
  const [looks, trips] = [30, 150];
  let inside = 0;
  for (let trip = 0; trip < trips; trip++) {
    const random = randomOf('when', hits, level, trip);
    const moment = uniform(random, 10, 15);
    const series = Array.from({ length: looks }, (_, look) => {
      const before = Math.min(1, Math.max(0, moment - look));
      return { found: poisson(random, hits * (before + level * (1 - before))), expected: hits };
    });
    const after = series.slice(15).reduce((sum, each) => ({
      found: sum.found + each.found,
      expected: sum.expected + each.expected,
    }));
    const { from, to } = whenOf(series, series.map(() => 1), 1, after, 1); // prettier-ignore
    if (from.index + from.passed <= moment && moment <= to.index + to.passed) inside++;
  }
  expect(inside / trips).toBeGreaterThan(0.92);
  expect(inside / trips).toBeLessThan(0.99);
});
