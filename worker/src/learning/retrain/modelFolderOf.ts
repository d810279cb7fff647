import path from 'node:path';
import type { Queryable } from '../../storage/database.ts';
import { modelInUse } from '../../storage/modelChoice/acts.ts';
import { writeModelFiles } from '../../storage/modelChoice/files.ts';

/**
 * Folder of the model that the database says is in use, written into `scratch`.
 *
 * @param fallback folder when nobody chose one, or the one chosen came with the program; undefined stands for its default.
 */
export async function modelFolderOf(
  db: Queryable,
  scratch: string,
  fallback: string | undefined,
): Promise<string | undefined> {
  const { model } = await modelInUse(db);
  if (model === null) return fallback;
  const folder = path.join(scratch, model.replaceAll(/[^\w.-]/g, '-'));
  return (await writeModelFiles(db, model, folder)) ? folder : fallback;
}
