import type { Queryable } from '../../storage/database.ts';
import { keepModelFiles, getModel, registerModel } from '../../storage/models.ts';
import { modelLabel, readModelFolder } from '@dtdqm/detector';
import { folderHash } from './folderHash.ts';

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
