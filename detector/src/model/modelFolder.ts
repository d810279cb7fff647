import { saliencyMethodNames } from '@dtdqm/contract';
import { readFile, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join, basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { FileError, makeFolder, refuseSpecialFile } from '../files.ts';

/** Version of the folder's form that this program writes and the newest it reads. */
export const modelFormat = 1;

const namePattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** metadata.json of a model folder: everything that must be known to use the network as it was meant, and to trust it. */
const modelMetadataSchema = z.object({
  format: z.literal(modelFormat),
  name: z.string().regex(namePattern, 'must be lower-case words joined by hyphens'),
  version: z.string().regex(/^[0-9]+(\.[0-9]+)*$/, 'must be numbers joined by dots'),
  description: z.string(),
  preprocessing: z.object({ name: z.string(), parameters: z.unknown().optional() }),
  /** The saliency that is stored with scores, where the preprocessing offers it; else it is `occlusion`. */
  saliency: z.object({ method: z.enum(saliencyMethodNames) }).default({ method: 'integrated-gradients' }),
  /** P(bad) = sigmoid(difference of logits / temperature + offset). */
  calibration: z
    .object({ temperature: z.number().positive(), offset: z.number() })
    .default({ temperature: 1, offset: 0 }),
  /** Limits on P(bad); `bad` is a must, the rest belongs to the preprocessing's judge. */
  thresholds: z.looseObject({ bad: z.number().min(0).max(1) }).catchall(z.number()),
  /** What it was trained on; `simulated` states whether any of it was real. */
  data: z.looseObject({ source: z.string(), simulated: z.boolean().nullable() }),
  seeds: z.array(z.int()),
  metrics: z.record(z.string(), z.number()),
  /** Commit of this repository that made the folder, null when it was made elsewhere. */
  commit: z.string().nullable(),
  createdAt: z.iso.datetime().nullable(),
});
export type ModelMetadata = z.infer<typeof modelMetadataSchema>;

/** `<name>@<version>`: how scores name the model that made them. */
export function modelLabel({ name, version }: Pick<ModelMetadata, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

/** A Keras model configuration: `{class_name, config}` as model.json and HDF5 files hold it. */
export type Topology = { [key: string]: Json };
export type Json = boolean | number | string | null | Json[] | { [key: string]: Json };

export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

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
    refuseSpecialFile(join(folder, name));
    return await readFile(join(folder, name));
  } catch (cause) {
    if (cause instanceof FileError) throw new ModelError(cause.message, { cause });
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

/** A model and what stands beside it: README.md (the model card) and, for example, pictures of training curves. */
export interface ModelToWrite extends ModelFolder {
  readonly readme: string;
  readonly extraFiles?: Readonly<Record<string, string | Uint8Array>>;
}

/**
 * Writes a model folder as a whole: into a folder beside it first, then renamed, so that nobody ever sees half of one.
 *
 * @throws {ModelError} when `folder` exists and holds something: a model that scored is never overwritten.
 */
export async function writeModelFolder(folder: string, model: ModelToWrite): Promise<void> {
  const target = resolve(folder);
  await makeFolder(dirname(target)).catch((cause: unknown) => {
    throw new ModelError((cause as Error).message, { cause });
  });
  await refuseOccupied(target);
  const draft = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    for (const [name, content] of Object.entries(filesOf(model))) await writeFile(join(draft, name), content);
    await rmdir(target).catch(() => undefined);
    await rename(draft, target);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw new ModelError(`${folder} cannot be written: ${(cause as Error).message}`, { cause });
  }
}

async function refuseOccupied(target: string): Promise<void> {
  const present = await readdir(target).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new ModelError(`${target} cannot be a model folder: ${cause.message}`, { cause });
  });
  if (present.length > 0)
    throw new ModelError(`${target} is not empty: give a folder that does not exist yet`);
}

function filesOf(model: ModelToWrite): Record<string, string | Uint8Array> {
  const manifest = model.specs.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  return {
    ...model.extraFiles,
    'model.json': asJson({
      format: 'layers-model',
      generatedBy: 'dtdqm',
      convertedBy: null,
      modelTopology: model.topology,
      weightsManifest: [{ paths: ['weights.bin'], weights: manifest }],
    }),
    'weights.bin': new Uint8Array(model.weights.slice().buffer),
    'metadata.json': asJson(modelMetadataSchema.parse(model.metadata)),
    'README.md': model.readme,
  };
}

function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The repository's `models/`, wherever the program is started from. */
export const modelsFolder = fileURLToPath(new URL('../../../models', import.meta.url));

const defaultSchema = z.object({ model: z.string().regex(/^[^/.][^/]*\/[^/.][^/]*$/) });

/**
 * Folder of the model that `models/default.json` points to: `{"model": "<name>/<version>"}`.
 *
 * @throws {ModelError} when there is no such pointer.
 */
export async function defaultModelFolder(models: string = modelsFolder): Promise<string> {
  const pointer = join(models, 'default.json');
  try {
    const { model } = defaultSchema.parse(JSON.parse(await readFile(pointer, 'utf8')));
    return join(models, model);
  } catch (cause) {
    throw new ModelError(`${pointer} must hold {"model": "<name>/<version>"}`, { cause });
  }
}

/** A model folder or file that cannot be used; the message names it and the reason. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
