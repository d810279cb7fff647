import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Queryable } from '../database.ts';

/** Keeps the files of a registered model's folder; a model that is kept already stays as it is. */
export async function keepModelFiles(db: Queryable, model: string, folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    await db.query(
      'insert into model_file (model, path, content) values ($1, $2, $3) on conflict do nothing',
      [model, entry.name, await readFile(path.join(folder, entry.name))],
    );
  }
}

export async function areModelFilesKept(db: Queryable, model: string): Promise<boolean> {
  const { rowCount } = await db.query('select from model_file where model = $1 limit 1', [model]);
  return rowCount === 1;
}

/** Writes a kept model into a folder. @returns false when none of its files are kept. */
export async function writeModelFiles(db: Queryable, model: string, folder: string): Promise<boolean> {
  const { rows } = await db.query<{ path: string; content: Buffer }>(
    'select path, content from model_file where model = $1',
    [model],
  );
  if (rows.length === 0) return false;
  await mkdir(folder, { recursive: true });
  for (const file of rows) await writeFile(path.join(folder, path.basename(file.path)), file.content);
  return true;
}
