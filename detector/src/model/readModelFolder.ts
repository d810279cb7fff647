import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { WeightSpec } from '../network/network.ts';
import type { Topology } from '../network/topology.ts';
import { modelFormat, modelMetadataSchema, type ModelMetadata } from './metadata.ts';
import { ModelError } from './modelError.ts';

export interface ModelFolder {
  readonly metadata: ModelMetadata;
  readonly topology: Topology;
  readonly specs: readonly WeightSpec[];
  readonly weights: Float32Array;
}

/** model.json as TensorFlow.js writes layers models: Keras topology and the order of weights in weights.bin. */
const modelJsonSchema = z.object({
  format: z.literal('layers-model'),
  modelTopology: z.looseObject({ class_name: z.string() }),
  weightsManifest: z
    .array(
      z.object({
        paths: z.tuple([z.literal('weights.bin')]),
        weights: z.array(
          z.object({ name: z.string(), shape: z.array(z.int().min(0)), dtype: z.literal('float32') }),
        ),
      }),
    )
    .length(1),
});

/**
 * Reads a model folder: metadata.json, model.json, weights.bin (float32, little-endian).
 *
 * @throws {ModelError} when a file is missing, malformed or of a newer format.
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const metadata = parse(
    folder,
    'metadata.json',
    modelMetadataSchema,
    refuseNewer(folder, await json(folder, 'metadata.json')),
  );
  const model = parse(folder, 'model.json', modelJsonSchema, await json(folder, 'model.json'));
  const specs = model.weightsManifest[0]!.weights;
  const bytes = await file(folder, 'weights.bin');
  const wanted = specs.reduce((sum, { shape }) => sum + shape.reduce((size, length) => size * length, 4), 0);
  if (bytes.byteLength !== wanted) {
    throw new ModelError(
      `${join(folder, 'weights.bin')} has ${bytes.byteLength} bytes, model.json describes ${wanted}`,
    );
  }
  const weights = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  );
  if (!weights.every(Number.isFinite))
    throw new ModelError(`${join(folder, 'weights.bin')} holds values that are not finite`);
  return { metadata, topology: model.modelTopology as Topology, specs, weights };
}

async function file(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT' || code === 'ENOTDIR' ? `it has no ${name}` : `${name} cannot be read (${code})`;
    throw new ModelError(`${folder} is not a complete model folder: ${reason}`, { cause });
  }
}

async function json(folder: string, name: string): Promise<unknown> {
  const text = (await file(folder, name)).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ModelError(`${join(folder, name)} is not JSON`, { cause });
  }
}

function refuseNewer(folder: string, metadata: unknown): unknown {
  const format = z.looseObject({ format: z.number() }).safeParse(metadata).data?.format;
  if (format !== undefined && format > modelFormat) {
    throw new ModelError(
      `${folder} is of model format ${format}, newer than this program reads (${modelFormat}): update the program`,
    );
  }
  return metadata;
}

function parse<Schema extends z.ZodType>(
  folder: string,
  name: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
  throw new ModelError(`${join(folder, name)} is not valid: ${faults.join('; ')}`);
}
