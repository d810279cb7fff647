import type { ModelInUse } from '@dtdqm/contract';
import { type Database, type Queryable, transaction } from '../../storage/database.ts';
import { requestHash } from '../../storage/labels/journal.ts';
import {
  areModelFilesKept,
  getModel,
  type ModelActKind,
  modelInUse,
  recordAct,
  refusedModels,
  requestOf,
  keepModelFiles,
  registerModel,
  writeModelFiles,
} from '../../storage/models.ts';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { defaultModelFolder, modelsFolder, modelLabel, readModelFolder } from '@dtdqm/detector';

/** A choice that cannot be made; the message is for the user, `id` that of the API's answer. */
export class ModelChoiceError extends Error {
  override readonly name = 'ModelChoiceError';
  readonly id: 'model-not-chosen' | 'idempotency-key-reused';

  constructor(message: string, id: ModelChoiceError['id'] = 'model-not-chosen') {
    super(message);
    this.id = id;
  }
}

export interface Chooser {
  database: Database;
  /** Who chooses. */
  actor: string;
  /** Why, for the journal. */
  reason: string;
  /** Folder of the model that is in use while nobody has chosen one. */
  configured: string;
  /** The same choice with the same key is made once, however often it is asked for; absent where nobody repeats it. */
  idempotencyKey?: string | undefined;
}

/**
 * Puts a registered model in use, whatever the gate said of it.
 *
 * @throws {ModelChoiceError} when it is not known, in use already, or no worker could load it.
 */
export function promoteModel(chooser: Chooser, model: string): Promise<ModelInUse> {
  return choose(chooser, 'promoted', model, async (client, { model: current }) => {
    await requireRegistered(client, model);
    if (model === current) throw new ModelChoiceError(`model ${model} is in use already`);
    await requireFiles(client, model, chooser.configured);
    return model;
  });
}

/**
 * Says that a model shall not be offered again: neither by a page, nor to be rolled back to, nor by a retraining that ends with the same weights.
 * Promoting it by hand takes that back. Refusing it again changes nothing.
 *
 * @throws {ModelChoiceError} when it is not known, or in use.
 */
export function refuseModel(chooser: Chooser, model: string): Promise<ModelInUse> {
  return choose(chooser, 'refused', model, async (client, { model: current }) => {
    await requireRegistered(client, model);
    if (model === current)
      throw new ModelChoiceError(
        `model ${model} is in use: roll back to the one before, or put another in use`,
      );
    return (await refusedModels(client)).has(model) ? null : model;
  });
}

async function requireRegistered(client: Queryable, model: string): Promise<void> {
  if ((await getModel(client, model)) !== null) return;
  throw new ModelChoiceError(`model ${model} is not registered; "dtdqm model list" shows those that are`);
}

/**
 * Puts the model back in use that was in use before.
 *
 * @throws {ModelChoiceError} when there was none.
 */
export function rollBackModel(chooser: Chooser): Promise<ModelInUse> {
  return choose(chooser, 'rolled-back', null, (_, { previous }) => {
    if (previous === null)
      throw new ModelChoiceError('no other model was in use before: nothing to roll back to');
    return previous;
  });
}

/** Keeps retraining from changing the model in use, until it is unpinned. */
export function pinModel(chooser: Chooser, pinned: boolean): Promise<ModelInUse> {
  return choose(chooser, pinned ? 'pinned' : 'unpinned', null, (_, { model }) => model ?? '');
}

/**
 * @param asked the model that was named; null where the choice names none.
 * @param decide gives the model of the act, or null when nothing is left to be done.
 */
function choose(
  { database, actor, reason, configured, idempotencyKey }: Chooser,
  act: Exclude<ModelActKind, 'trained'>,
  asked: string | null,
  decide: (client: Queryable, inUse: ModelInUse) => Promise<string | null> | string | null,
): Promise<ModelInUse> {
  const hash = requestHash({ act, asked, reason });
  return transaction(database, async (client) => {
    // One choice after the other: two roll-backs at once would both go to the same model.
    await client.query('lock table model_act in exclusive mode');
    if (idempotencyKey !== undefined) {
      const before = await requestOf(client, actor, idempotencyKey);
      if (before === hash) return modelInUse(client);
      if (before !== null) {
        const message = 'idempotencyKey was used for another request: make a new key for every choice';
        throw new ModelChoiceError(message, 'idempotency-key-reused');
      }
    }
    // A refusal chooses nothing: what is in use by configuration stays so.
    const chosen =
      act === 'refused' ? await modelInUse(client) : await adoptConfigured(client, actor, configured);
    const inUse = { ...chosen, model: chosen.model ?? (await modelAtWork(client, configured)) };
    const model = await decide(client, inUse);
    const request = idempotencyKey === undefined ? {} : { request: { idempotencyKey, hash } };
    if (model !== null) await recordAct(client, { actor, act, model, reason, ...request });
    return modelInUse(client);
  });
}

/** A model whose files only this machine has is kept, so that workers on others can load it. */
async function requireFiles(client: Queryable, model: string, configured: string): Promise<void> {
  if (await areModelFilesKept(client, model)) return;
  const folder = await folderOnThisMachine(model, configured);
  if (folder === null) {
    throw new ModelChoiceError(
      `no files of model ${model} are kept: start a worker with its folder (DTDQM_MODEL_DIR) once`,
    );
  }
  await registerFolder(client, folder);
}

/**
 * Puts down in the journal which model was in use before anybody ever chose one, so that it can be gone back to: the one that
 * scored last, whose files workers keep.
 *
 * @param folder of the model of the configuration, for when nothing was scored yet.
 */
export async function adoptConfigured(db: Queryable, actor: string, folder: string): Promise<ModelInUse> {
  const inUse = await modelInUse(db);
  if (inUse.model !== null) return inUse;
  const model = await modelAtWork(db, folder);
  await recordAct(db, { actor, act: 'promoted', model, reason: 'was in use' });
  return modelInUse(db);
}

/** What scores while nobody has chosen. */
async function modelAtWork(db: Queryable, folder: string): Promise<string> {
  return (await scoredLast(db)) ?? (await registerFolder(db, folder)).model;
}

async function scoredLast(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ model: string }>(
    `select model from run where model in (select model from model_file) order by updated_at desc limit 1`,
  );
  return rows[0]?.model ?? null;
}

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
