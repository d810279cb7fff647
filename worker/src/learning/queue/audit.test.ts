import { seededRandom } from '@dtdqm/contract/random';
import { describe, expect, it } from 'vitest';
import { clusteredShare } from './audit.ts';

describe('share of bad layers from whole chambers', () => {
  it('is null without a judged layer', () => {
    expect(clusteredShare([])).toBeNull();
    expect(clusteredShare([{ layers: 0, bad: 0 }])).toBeNull();
  });

  it('with nothing bad still allows for some', () => {
    const share = clusteredShare(Array.from({ length: 100 }, () => ({ layers: 12, bad: 0 })));
    expect(share).toMatchObject({ badShare: 0, low: 0 });
    // The Wilson bound of 0 in 100 chambers: layers of one chamber count as one.
    expect(share?.high).toBeCloseTo(3.841 / 103.841, 3);
  });

  it('is wider where layers fail together', () => {
    const apart = Array.from({ length: 120 }, (_, chamber) => ({ layers: 12, bad: chamber % 2 }));
    const together = Array.from({ length: 120 }, (_, chamber) => ({
      layers: 12,
      bad: chamber % 24 === 0 ? 12 : 0,
    }));
    const width = (chambers: typeof apart) => {
      const share = clusteredShare(chambers);
      return (share?.high ?? 0) - (share?.low ?? 0);
    };
    expect(width(together)).toBeGreaterThan(1.5 * width(apart));
  });

  it('covers the truth in about 95 of 100 samples', () => {
    const random = seededRandom(3);
    let covered = 0;
    for (let sample = 0; sample < 300; sample += 1) {
      const chambers = Array.from({ length: 300 }, () => ({ layers: 12, bad: random() < 0.05 ? 6 : 0 }));
      const share = clusteredShare(chambers);
      if (share && share.low <= 0.025 && share.high >= 0.025) covered += 1;
    }
    expect(covered / 300).toBeGreaterThan(0.9);
  });
});
