import type { Queryable } from './database.ts';
import type { ModelInUse, modelActs } from '@dtdqm/contract';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '@dtdqm/detector/files';

export interface StoredModel {
  /** `<name>@<version>`. */
  name: string;
  /** Of the weights: the same name must always mean the same network. */
  hash: string;
  metadata: Record<string, unknown>;
  registeredAt: Date;
}

/** Hash of a model that scored before anybody looked at its weights. */
export const unknownHash = 'unknown';

/** Adds a model, or does nothing when it is known already: hash and metadata stay as they were first known. */
export async function registerModel(
  db: Queryable,
  model: { name: string; hash: string; metadata?: Record<string, unknown> },
): Promise<void> {
  await db.query(
    // Workers say so every second: a conflict would lock the row, which is a write to disk, although nothing changes.
    `insert into model as known (name, hash, metadata) select $1::text, $2::text, $3::jsonb
     where not exists (select from model where name = $1 and (hash <> $4 or $2 = $4))
     on conflict (name) do update set hash = excluded.hash, metadata = excluded.metadata
     where known.hash = $4 and excluded.hash <> $4`,
    [model.name, model.hash, JSON.stringify(model.metadata ?? {}), unknownHash],
  );
}

export async function getModel(db: Queryable, name: string): Promise<StoredModel | null> {
  const { rows } = await db.query<StoredModel>(`${selectModel} where name = $1`, [name]);
  return rows[0] ?? null;
}

/** Newest first. */
export async function listModels(db: Queryable): Promise<StoredModel[]> {
  const { rows } = await db.query<StoredModel>(`${selectModel} order by registered_at desc, name`);
  return rows;
}

const selectModel = `select name, hash, metadata, registered_at as "registeredAt" from model`;

export type ModelActKind = (typeof modelActs)[number];

export interface ModelAct {
  id: string;
  at: Date;
  /** Expert, or `schedule`. */
  actor: string;
  act: ModelActKind;
  /** `<name>@<version>`; must be registered. */
  model: string;
  reason: string;
  /** Of training and gate, where there was one. */
  report: unknown;
}

export async function recordAct(
  db: Queryable,
  {
    actor,
    act,
    model,
    reason = '',
    report = null,
  }: Pick<ModelAct, 'actor' | 'act' | 'model'> & { reason?: string; report?: unknown },
): Promise<void> {
  await db.query('insert into model_act (actor, act, model, reason, report) values ($1, $2, $3, $4, $5)', [
    actor,
    act,
    model,
    reason,
    report === null ? null : JSON.stringify(report),
  ]);
}

/** Newest first. */
export async function listActs(db: Queryable, limit = 100): Promise<ModelAct[]> {
  const { rows } = await db.query<ModelAct>(
    'select id::text, at, actor, act, model, reason, report from model_act order by model_act.id desc limit $1',
    [limit],
  );
  return rows;
}

/** The last that was promoted or rolled back to, what was in use before it, and whether it is pinned. */
export async function modelInUse(db: Queryable): Promise<ModelInUse> {
  const { rows } = await db.query<{ act: ModelActKind; model: string }>(
    'select act, model from model_act order by id',
  );
  // Roll-backs take promotions off a pile, so that two in a row go back two.
  const pile: string[] = [];
  let pinned = false;
  for (const { act, model } of rows) {
    if (act === 'promoted') pile.push(model);
    if (act === 'rolled-back') pile.splice(pile.lastIndexOf(model) + 1);
    if (act === 'pinned' || act === 'unpinned') pinned = act === 'pinned';
  }
  return { model: pile.at(-1) ?? null, previous: pile.at(-2) ?? null, pinned };
}

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
  await makeFolder(folder);
  for (const file of rows) await writeFile(path.join(folder, path.basename(file.path)), file.content);
  return true;
}
