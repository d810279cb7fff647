import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fault } from '@dtdqm/contract';
import { defaultModelFolder } from '@dtdqm/detector';
import { loadModel, selectBackend } from '@dtdqm/detector/engine';
import { randomOf } from '@dtdqm/contract/random';
import { calibratedSpread, measuredFaults, simulateExamples } from '@dtdqm/simulator/detector';
import { bootstrapMean, compareMethods } from './compareMethods.ts';
import { isolationForest, oneClassSvm } from './methods/outliers.ts';
import { siblingComparison, variance, zeroCells } from './methods/rules.ts';
import { recordedSource, simulatedSource } from './healthySources.ts';
import { kindsPages } from './kindsReport.ts';
import { measureKinds, measureMethod, overlapOf, wilson } from './measureKinds.ts';
import { deadWidths, layerLengths } from './sensitivity.ts';
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
      await writeReport(folder, { settings, model: 'm@1', results, widths, kinds: [], minutes: 1 });
      const text = await readFile(join(folder, 'README.md'), 'utf8');
      expect(text.split('\n')[0]).toMatch(/simulated/);
      for (const { name } of methods) expect(text).toContain(`| ${name} |`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('faults by kind', () => {
  const perKind = { seed: 5, perKind: 4, healthy: 12, pasts: [0, 2] };
  const healthy = simulateExamples({
    seed: 1,
    runs: 2,
    chambersPerRun: 4,
    spread: calibratedSpread,
    faultShare: 0,
    lumisections: [300, 400],
  }).map((example) => ({ ...example, matrix: example.matrix.map((row) => [...row]) }));
  healthy[0]!.matrix[0]!.fill(0, 10, 20);
  const strong = measuredFaults.findIndex(({ name }) => name === 'dead half');
  const rowOf = (text: string, name: string) =>
    text.split('\n').find((line) => line.startsWith(`| ${name} `))!;

  it('finds what is plain, names where it is and lets healthy layers be, in recorded and in simulated chambers', async () => {
    await selectBackend('wasm');
    const model = await loadModel(await defaultModelFolder());
    for (const source of [recordedSource(healthy), simulatedSource]) {
      const measured = measureKinds('m@1', model, source, perKind);
      expect(measureKinds('m@1', model, source, perKind)).toEqual(measured);
      for (const result of measured.results[strong]!) {
        expect(result!.calledBad.value).toBe(1);
        expect(result!.overlap.median).toBeGreaterThan(0.8);
      }
      const text = kindsPages({ source: 'file', settings: perKind, models: [measured], methods: [] }).join(
        '\n',
      );
      for (const { name } of measuredFaults) expect(rowOf(text, name)).toBeDefined();
    }
  });

  it('gives a method that knows nothing no credit, and never injects into layers with long dead runs', () => {
    const found = measureMethod(
      (data) => new Float32Array(data.layers.length),
      recordedSource(healthy),
      perKind,
    );
    expect(found.every((share) => share!.value === 0)).toBe(true);
    const bad = Array.from(
      { length: 40 },
      (_, index) => recordedSource([healthy[0]!])(randomOf(index), 1).bad[0],
    );
    expect(new Set(bad)).toEqual(new Set([null]));
  });

  it('refuses recordings without a good chamber', () => {
    const sick = healthy.map((example) => ({ ...example, bad: example.bad.map(() => 1 as const) }));
    expect(() => recordedSource(sick)).toThrow(/badLayers/);
  });
});

describe('the overlap of what is named with the truth', () => {
  const matrix = Array.from({ length: 12 }, () => new Array<number>(50).fill(100));
  const half = {
    kind: 'weak-half',
    layers: [3],
    wires: { first: 1, last: 25 },
    level: 0.8,
    bad: true,
  } as const;
  const named = (kind: Fault['kind'], layers: number[], first: number, last: number): Fault => ({
    kind,
    layers,
    wires: { first, last },
    confidence: 1,
  });
  const overlap = (...faults: Fault[]) => overlapOf({ matrix }, half, faults);

  it('is whole where all wires are named, and a half where the whole layer is', () => {
    expect(overlap(named('weak-region', [3], 1, 25))).toBe(1);
    expect(overlap(named('weak-layer', [3], 1, 50))).toBe(0.5);
  });

  it('is none elsewhere in the layer, and is not known of what is named in other layers or of single cells', () => {
    expect(overlap(named('weak-region', [3], 30, 40))).toBe(0);
    expect(overlap(named('weak-region', [2], 1, 25))).toBeUndefined();
    expect(overlap(named('dead-cells', [3], 13, 13))).toBeUndefined();
    expect(overlap(named('weak-region', [3], 1, 25), named('dead-cells', [3], 40, 41))).toBe(1);
  });

  it('is a quarter where siblings are dragged along', () => {
    expect(overlap(named('weak-superlayer', [1, 2, 3, 4], 1, 25))).toBe(0.25);
  });

  it('takes dead cells for a name where the fault is no wider', () => {
    const edge = { ...half, kind: 'edge-dead', wires: { first: 1, last: 3 }, level: 0 } as const;
    expect(overlapOf({ matrix }, edge, [named('dead-cells', [3], 1, 3)])).toBe(1);
  });
});

describe('the interval of a share', () => {
  it('is that of Wilson', () => {
    // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, and 0 of 20.
    expect(wilson(81, 263)).toMatchObject({
      low: expect.closeTo(0.2553, 3),
      high: expect.closeTo(0.3662, 3),
    });
    expect(wilson(0, 20)).toMatchObject({ low: 0, high: expect.closeTo(0.1611, 3) });
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
