import { expect, test } from 'vitest';
import { defaultModelFolder } from '@dtdqm/detector';
import { selectBackend } from '@dtdqm/detector/engine';
import { measureQuality } from '../../bench/scoring/measureQuality.ts';

test(
  'the explanations of the shipped model are complete, in place, faithful, and about its weights',
  { timeout: 180_000 },
  async () => {
    await selectBackend('wasm');
    const quality = await measureQuality(await defaultModelFolder(), 'integrated-gradients', 24, 7);
    expect(quality.explained).toBeGreaterThan(15);
    expect(quality.completeness).toBeLessThanOrEqual(0.01);
    expect(quality.localisation).toBeGreaterThanOrEqual(0.7);
    expect(quality.deletionOneLayer).toBeGreaterThanOrEqual(0.95);
    expect(quality.deletion).toBeGreaterThanOrEqual(0.9);
    expect(Math.abs(quality.randomisation)).toBeLessThan(0.2);
  },
);
