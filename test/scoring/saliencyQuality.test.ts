import { expect, test } from 'vitest';
import { join } from 'node:path';
import { defaultModelFolder, modelsFolder } from '@dtdqm/detector';
import { selectBackend } from '@dtdqm/detector/engine';
import { measureQuality } from '../../bench/scoring/measureQuality.ts';

test.each([
  ['the shipped model', await defaultModelFolder()],
  ['the second of shape and rate', join(modelsFolder, 'shape-and-rate', '2')],
  ['the first of shape and rate', join(modelsFolder, 'shape-and-rate', '1')],
])(
  'the explanations of %s are complete, in place, faithful, and do not outlive its weights',
  async (_name, folder) => {
    await selectBackend('wasm');
    const quality = await measureQuality(folder, 'occlusion', 24, 7);
    expect(quality.explained).toBeGreaterThan(15);
    expect(quality.completeness).toBeLessThanOrEqual(0.01);
    expect(quality.localisation).toBeGreaterThanOrEqual(0.7);
    expect(quality.deletionOneLayer).toBeGreaterThanOrEqual(0.95);
    expect(quality.deletion).toBeGreaterThanOrEqual(0.9);
    // Shares lie on the wires that differ from the healthy ones, whatever the weights: their sign is what shuffled weights turn.
    expect(quality.randomisation).toBeLessThan(0.2);
  },
);
