import type { Queryable } from './database.ts';

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
    `insert into model as known (name, hash, metadata) values ($1, $2, $3)
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
