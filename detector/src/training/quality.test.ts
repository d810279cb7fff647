import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, calibrationError, qualityOf, sensitivityAbove, thresholdFor } from './quality.ts';

const scored = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 1000 }).map((value) => value / 1000),
      fc.integer({ min: 0, max: 1 }),
    ),
    {
      minLength: 20,
      maxLength: 200,
    },
  )
  .filter((pairs) => pairs.some(([, bad]) => bad === 1) && pairs.some(([, bad]) => bad === 0))
  .map((pairs) => ({ scores: pairs.map(([score]) => score), bad: pairs.map(([, bad]) => bad) }));

describe('quality of scores', () => {
  it('agrees with counting pairs', () => {
    fc.assert(
      fc.property(scored, ({ scores, bad }) => {
        let [won, pairs] = [0, 0];
        scores.forEach((a, i) => {
          if (bad[i] !== 1) return;
          scores.forEach((b, j) => {
            if (bad[j] !== 0) return;
            pairs += 1;
            won += a > b ? 1 : a === b ? 0.5 : 0;
          });
        });
        expect(qualityOf(scores, bad).auc).toBeCloseTo(won / pairs, 10);
      }),
    );
  });

  it('gives a threshold that keeps what it promises, and no lower one does', () => {
    fc.assert(
      fc.property(scored, fc.constantFrom(0, 0.01, 0.2), ({ scores, bad }, allowed) => {
        const threshold = thresholdFor(scores, bad, allowed);
        const good = scores.filter((_, index) => bad[index] === 0);
        const alarms = good.filter((score) => score >= threshold).length;
        expect(alarms).toBeLessThanOrEqual(Math.floor(good.length * allowed));
        const refused = Math.max(...good.filter((score) => score < threshold));
        expect(good.filter((score) => score >= refused).length).toBeGreaterThan(
          Math.floor(good.length * allowed),
        );
      }),
    );
  });

  it('is perfect for scores that separate', () => {
    const scores = [0.1, 0.2, 0.8, 0.9];
    const bad = [0, 0, 1, 1];
    expect(qualityOf(scores, bad)).toEqual({
      auc: 1,
      averagePrecision: 1,
      sensitivityAt02Percent: 1,
      sensitivityAt1Percent: 1,
    });
    expect(sensitivityAbove(scores, bad, 0.85)).toBe(0.5);
  });
});

describe('calibration', () => {
  it('finds the temperature and offset that probabilities were distorted with', () => {
    // 2,000 differences spread over -8..8; each stands for layers of which its true share is bad.
    const differences: number[] = [];
    const bad: number[] = [];
    for (let index = 0; index < 400; index++) {
      const logit = -8 + (16 * index) / 399;
      const share = 1 / (1 + Math.exp(-logit));
      for (let copy = 0; copy < 100; copy++) {
        differences.push(2.5 * (logit - 0.4));
        bad.push(copy + 0.5 < share * 100 ? 1 : 0);
      }
    }
    const { temperature, offset } = calibrate(Float32Array.from(differences), {
      bad: Float32Array.from(bad),
    });
    expect(temperature).toBeCloseTo(2.5, 0);
    expect(offset).toBeCloseTo(0.4, 1);
    const probabilities = differences.map((value) => 1 / (1 + Math.exp(-(value / temperature + offset))));
    expect(calibrationError(probabilities, bad)).toBeLessThan(0.02);
  });
});
