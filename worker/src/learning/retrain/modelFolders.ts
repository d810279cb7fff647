import path from 'node:path';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { defaultModelFolder, modelsFolder, modelLabel, readModelFolder } from '@dtdqm/detector';
import type { Queryable } from '../../storage/database.ts';
import { getModel, keepModelFiles, registerModel, writeModelFiles } from '../../storage/models.ts';

/**
 * Registers the model of a folder and keeps its files in the database, so that every worker on every machine can go back to
 * it, also when a newer program no longer comes with it.
 *
 * @returns `<name>@<version>`, and whether the registry knows other weights under that name: its files are not kept then.
 * @throws {ModelError} when the folder is not a model's.
 */
export async function registerFolder(
  db: Queryable,
  folder: string,
): Promise<{ model: string; isAnother: boolean }> {
  const { metadata } = await readModelFolder(folder);
  const model = modelLabel(metadata);
  const hash = await folderHash(folder);
  await registerModel(db, { name: model, hash, metadata: { ...metadata } });
  const isAnother = (await getModel(db, model))?.hash !== hash;
  if (!isAnother) await keepModelFiles(db, model, folder);
  return { model, isAnother };
}

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

/** Of the weights: tells whether two folders of one name hold the same network. */
export async function folderHash(folder: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path.join(folder, 'weights.bin')))
    .digest('hex');
}
