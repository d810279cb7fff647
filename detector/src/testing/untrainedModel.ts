import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFormat, type ModelMetadata } from '../model/metadata.ts';
import { writeModelFolder } from '../model/writeModelFolder.ts';
import type { WeightSpec } from '../network/network.ts';
import { originalTopology } from '../network/originalTopology.ts';

/** Weights of the original architecture, in its order. */
export const originalSpecs: readonly WeightSpec[] = [
  { name: 'convolution/kernel', shape: [3, 1, 10] },
  { name: 'convolution/bias', shape: [10] },
  { name: 'dense/kernel', shape: [90, 8] },
  { name: 'dense/bias', shape: [8] },
  { name: 'output/kernel', shape: [8, 2] },
  { name: 'output/bias', shape: [2] },
];

/** Made-up weights, the same for the same seed: a network that has learnt nothing but answers all the same. */
export function untrainedWeights(seed = 1): Float32Array {
  const count = originalSpecs.reduce(
    (sum, { shape }) => sum + shape.reduce((size, length) => size * length, 1),
    0,
  );
  return Float32Array.from({ length: count }, (_, index) => Math.sin((index + 1) * (12.9898 + seed)) * 0.5);
}

export function untrainedMetadata(changes: Partial<ModelMetadata> = {}): ModelMetadata {
  return {
    format: modelFormat,
    name: 'untrained',
    version: '1',
    description: 'Made-up weights',
    preprocessing: { name: 'original-47' },
    saliency: { method: 'gradient' },
    calibration: { temperature: 1, offset: 0 },
    thresholds: { bad: 0.5 },
    data: { source: 'none', simulated: null },
    seeds: [],
    metrics: {},
    commit: null,
    createdAt: null,
    ...changes,
  };
}

export async function writeUntrainedModel(
  folder: string,
  seed = 1,
  changes: Partial<ModelMetadata> = {},
): Promise<void> {
  await writeModelFolder(folder, {
    topology: originalTopology,
    specs: originalSpecs,
    weights: untrainedWeights(seed),
    metadata: untrainedMetadata(changes),
    readme: '# Untrained\n',
  });
}

/** A folder of its own, gone when the work with it is done. */
export async function inTemporaryFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'dtdqm-scoring-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
