import { layersOf, noWire, rowsPerChamber, type Matrix, type Station } from '@dtdqm/contract';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFormat, type ModelMetadata, type WeightSpec, writeModelFolder } from '../model/modelFolder.ts';
import { originalTopology } from '../preprocessing/original47.ts';
import type { ScorerInput } from '../scorer.ts';

/** A made-up chamber with counts that differ from wire to wire; rows end in a few cells without wire. */
export function someChamber(
  station: Station = 2,
  sector = 1,
  change: (matrix: Matrix) => void = () => {},
): ScorerInput {
  const width = 60;
  const layers = layersOf(station);
  const matrix = Array.from({ length: rowsPerChamber }, (_, row) =>
    Array.from({ length: width }, (_, wire) =>
      layers.includes(row + 1) && wire < 58 - (row % 3)
        ? 50 + ((wire * 17 + row * 29 + sector * 7) % 31)
        : noWire,
    ),
  );
  change(matrix);
  return { chamber: { wheel: 1, station, sector }, matrix };
}

/** The same where no layer counts what another one counts some wires away, as all of {@link someChamber} do: cables mixed up look so. */
export function unlikeLayers(change: (matrix: Matrix) => void = () => {}): ScorerInput {
  return someChamber(2, 1, (rows) => {
    rows.forEach((row, y) =>
      row.forEach((hits, x) => {
        if (hits !== noWire) row[x] = 50 + ((x * (17 + 2 * y) + y * 29 + 7) % 31);
      }),
    );
    change(rows);
  });
}

/** The same counts with so many wires of some layers, from the 21st column on, noisy: each has one hit more and that by a factor. */
export function noisyWires(
  matrix: Matrix,
  { layers, wires, factor }: { layers: readonly number[]; wires: number; factor: number },
): Matrix {
  return matrix.map((row, index) =>
    row.map((hits, column) =>
      layers.includes(index + 1) && column >= 20 && column < 20 + wires && hits !== noWire
        ? factor * (hits + 1)
        : hits,
    ),
  );
}

/** A chamber without any shape: no cell has to do with its neighbours or with the layers beside it. */
export function noiseChamber(sector = 1): ScorerInput {
  return someChamber(2, sector, (rows) => {
    rows.forEach((row, y) =>
      row.forEach((hits, x) => {
        if (hits !== noWire) row[x] = (110 + sector * 31 + y * 17 + x * 13) % 997;
      }),
    );
  });
}

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

/** Script of a scoring thread that crashes when it is given chambers of sector 12. */
export const crashingThread = new URL('./crashingThread.js', import.meta.url);
export { ScoringPool } from '../threads/pool.ts';
