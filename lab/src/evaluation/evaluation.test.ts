import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calibratedSpread, simulateExamples } from '@dtdqm/simulator/detector';
import { bootstrapMean, compareMethods } from './compareMethods.ts';
import { isolationForest, oneClassSvm } from './methods/outliers.ts';
import { siblingComparison, variance, zeroCells } from './methods/rules.ts';
import { deadWidths, layerLengths, measureGoals } from './sensitivity.ts';
import { writeReport } from './writeReport.ts';

const settings = { firstSeed: 3, seeds: 2, runs: 4, chambersPerRun: 25 };

describe('the comparison of methods', () => {
  it('is the same for the same seeds, and its report says what is simulated first', async () => {
    const methods = [zeroCells, variance, siblingComparison, isolationForest, oneClassSvm];
    const results = await compareMethods(methods, settings);
    expect(await compareMethods([variance], settings)).toEqual([results[1]]);
    for (const { figures } of results) {
      expect(figures.auc.value).toBeGreaterThan(0.5);
      expect(figures.auc.low).toBeLessThanOrEqual(figures.auc.high);
    }
    const folder = await mkdtemp(join(tmpdir(), 'report-'));
    try {
      const found = deadWidths.map(() => layerLengths.map(() => 0.5));
      const widths = [{ name: 'variance', found }];
      await writeReport(folder, { settings, model: 'm@1', results, widths, real: null, minutes: 1 });
      const text = await readFile(join(folder, 'README.md'), 'utf8');
      expect(text.split('\n')[0]).toMatch(/simulated/);
      for (const { name } of methods) expect(text).toContain(`| ${name} |`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('goals on recorded chambers', () => {
  it('are met by whoever knows the truth, and leave out layers with long dead runs', () => {
    const examples = simulateExamples({
      seed: 1,
      runs: 2,
      chambersPerRun: 4,
      spread: calibratedSpread,
      faultShare: 0,
      lumisections: [300, 400],
    });
    examples[0]!.matrix[0]!.fill(0, 10, 20);
    const oracle = (data: { bad: Float32Array }) => Float32Array.from(data.bad);
    const { leftOut, healthyLayers, goals } = measureGoals(oracle, examples, 2);
    expect(leftOut).toHaveLength(1);
    expect(healthyLayers).toBeGreaterThan(50);
    expect(goals.find(({ name }) => name === 'dead superlayer')!.value).toBe(1);
    expect(goals.find(({ name }) => name.endsWith('healthy called bad'))!.value).toBe(0);
  });
});

describe('the bootstrap', () => {
  it('gives the mean, and an interval that holds it', () => {
    const { value, low, high } = bootstrapMean([1, 2, 3, 4, 5, 6]);
    expect(value).toBe(3.5);
    expect(low).toBeGreaterThan(1.9);
    expect(low).toBeLessThan(3);
    expect(high).toBeGreaterThan(4);
    expect(bootstrapMean([2, 2, 2])).toEqual({ value: 2, low: 2, high: 2 });
  });
});
