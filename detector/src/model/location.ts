import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ModelError } from './modelError.ts';

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
