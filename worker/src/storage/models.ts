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
    request,
  }: Pick<ModelAct, 'actor' | 'act' | 'model'> & {
    reason?: string;
    report?: unknown;
    request?: ChoiceRequest;
  },
): Promise<void> {
  await db.query(
    `insert into model_act (actor, act, model, reason, report, idempotency_key, request_hash) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      ...[actor, act, model, reason, report === null ? null : JSON.stringify(report)],
      ...[request?.idempotencyKey ?? null, request?.hash ?? null],
    ],
  );
}

/** What asked for a choice, so that the same again is known. */
export interface ChoiceRequest {
  idempotencyKey: string;
  hash: string;
}

/** Hash of the request that this person made with this key before; null when there was none. */
export async function requestOf(
  db: Queryable,
  actor: string,
  idempotencyKey: string,
): Promise<string | null> {
  const { rows } = await db.query<{ hash: string }>(
    'select request_hash as hash from model_act where actor = $1 and idempotency_key = $2',
    [actor, idempotencyKey],
  );
  return rows[0]?.hash ?? null;
}

/** Of each model the last act that says whether it may be offered. */
const standing = `(select distinct on (model) model, act, actor, at, reason from model_act
   where act in ('promoted', 'rolled-back', 'refused') order by model, id desc)`;

/** Models that people refused and that were not put in use since, by name. */
export async function refusedModels(
  db: Queryable,
): Promise<Map<string, Pick<ModelAct, 'actor' | 'at' | 'reason'>>> {
  const { rows } = await db.query<Pick<ModelAct, 'model' | 'actor' | 'at' | 'reason'>>(
    `select model, actor, at, reason from ${standing} s where act = 'refused'`,
  );
  return new Map(rows.map(({ model, ...refusal }) => [model, refusal]));
}

/** A refused model whose weights are those of another one; null when there is none. */
export async function refusedTwin(db: Queryable, name: string): Promise<string | null> {
  const { rows } = await db.query<{ model: string }>(
    `select s.model from ${standing} s join model m on m.name = s.model
     join model own on own.hash = m.hash and own.name = $1
     where s.act = 'refused' and s.model <> $1 and m.hash <> $2 limit 1`,
    [name, unknownHash],
  );
  return rows[0]?.model ?? null;
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
  let pile: string[] = [];
  let pinned = false;
  for (const { act, model } of rows) {
    if (act === 'promoted') pile.push(model);
    if (act === 'rolled-back') pile.splice(pile.lastIndexOf(model) + 1);
    // Nobody goes back to what was refused, nor from a model to itself.
    if (act === 'refused') {
      const rest = pile.filter((each) => each !== model);
      pile = rest.filter((each, index) => each !== rest[index - 1]);
    }
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
