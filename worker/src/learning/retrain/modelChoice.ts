import type { ModelInUse } from '@dtdqm/contract';
import { type Database, type Queryable, transaction } from '../../storage/database.ts';
import { areModelFilesKept, getModel, modelInUse, recordAct } from '../../storage/models.ts';
import { folderOnThisMachine, registerFolder } from './modelFolders.ts';

/** A choice that cannot be made; the message is for the user. */
export class ModelChoiceError extends Error {
  override readonly name = 'ModelChoiceError';
}

export interface Chooser {
  database: Database;
  /** Who chooses. */
  actor: string;
  /** Why, for the journal. */
  reason: string;
  /** Folder of the model that is in use while nobody has chosen one. */
  configured: string;
}

/**
 * Puts a registered model in use, whatever the gate said of it.
 *
 * @throws {ModelChoiceError} when it is not known, in use already, or no worker could load it.
 */
export function promoteModel(chooser: Chooser, model: string): Promise<ModelInUse> {
  return choose(chooser, async (client, { model: current }) => {
    if ((await getModel(client, model)) === null) {
      throw new ModelChoiceError(`model ${model} is not registered; "dtdqm model list" shows those that are`);
    }
    if (model === current) throw new ModelChoiceError(`model ${model} is in use already`);
    await requireFiles(client, model, chooser.configured);
    await record(client, chooser, 'promoted', model);
  });
}

/**
 * Puts the model back in use that was in use before.
 *
 * @throws {ModelChoiceError} when there was none.
 */
export function rollBackModel(chooser: Chooser): Promise<ModelInUse> {
  return choose(chooser, async (client, { previous }) => {
    if (previous === null)
      throw new ModelChoiceError('no other model was in use before: nothing to roll back to');
    await record(client, chooser, 'rolled-back', previous);
  });
}

/** Keeps retraining from changing the model in use, until it is unpinned. */
export function pinModel(chooser: Chooser, pinned: boolean): Promise<ModelInUse> {
  return choose(chooser, (client, { model }) =>
    record(client, chooser, pinned ? 'pinned' : 'unpinned', model ?? ''),
  );
}

function choose(
  { database, actor, configured }: Chooser,
  act: (client: Queryable, inUse: ModelInUse) => Promise<void>,
): Promise<ModelInUse> {
  return transaction(database, async (client) => {
    // One choice after the other: two roll-backs at once would both go to the same model.
    await client.query('lock table model_act in exclusive mode');
    await act(client, await adoptConfigured(client, actor, configured));
    return modelInUse(client);
  });
}

function record(
  client: Queryable,
  { actor, reason }: Chooser,
  act: 'promoted' | 'rolled-back' | 'pinned' | 'unpinned',
  model: string,
): Promise<void> {
  return recordAct(client, { actor, act, model, reason });
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
  const model = (await scoredLast(db)) ?? (await registerFolder(db, folder)).model;
  await recordAct(db, { actor, act: 'promoted', model, reason: 'was in use' });
  return modelInUse(db);
}

async function scoredLast(db: Queryable): Promise<string | null> {
  const { rows } = await db.query<{ model: string }>(
    `select model from run where model in (select model from model_file) order by updated_at desc limit 1`,
  );
  return rows[0]?.model ?? null;
}
