import { mkdtemp, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { modelMetadataSchema } from './metadata.ts';
import { ModelError } from './modelError.ts';
import type { ModelFolder } from './readModelFolder.ts';

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
  await mkdir(dirname(target), { recursive: true });
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
