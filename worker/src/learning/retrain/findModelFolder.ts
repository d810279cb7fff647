import path from 'node:path';
import type { Queryable } from '../../storage/database.ts';
import { writeModelFiles } from '../../storage/models.ts';
import { defaultModelFolder, modelsFolder, modelLabel, readModelFolder } from '@dtdqm/detector';

/**
 * Where the files of a model are: written into `scratch` when the database keeps them, else its folder on this machine.
 *
 * @param model `<name>@<version>`
 * @param configured model folder of the configuration; the program's default one when absent.
 * @returns null when they are nowhere.
 */
export async function findModelFolder(
  db: Queryable,
  model: string,
  scratch: string,
  configured?: string,
): Promise<string | null> {
  const kept = path.join(scratch, model.replaceAll(/[^\w.-]/g, '-'));
  return (await writeModelFiles(db, model, kept)) ? kept : folderOnThisMachine(model, configured);
}

/** The folder that is configured or that came with the program, when it is the model's; null otherwise. */
export async function folderOnThisMachine(model: string, configured?: string): Promise<string | null> {
  const [name = '', version = ''] = model.split('@');
  const shipped = path.join(modelsFolder, path.basename(name), path.basename(version));
  for (const folder of [configured ?? (await defaultModelFolder()), shipped]) {
    const label = await readModelFolder(folder).then(
      ({ metadata }) => modelLabel(metadata),
      () => null,
    );
    if (label === model) return folder;
  }
  return null;
}
