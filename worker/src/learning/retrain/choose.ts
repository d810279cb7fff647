import { transaction, type Database } from '../../storage/database.ts';
import { modelInUse, recordAct, type ModelInUse } from '../../storage/modelChoice/acts.ts';
import { getModel } from '../../storage/models.ts';

/** A choice that cannot be made; the message is for the user. */
export class ModelChoiceError extends Error {
  override readonly name = 'ModelChoiceError';
}

/**
 * Puts a registered model in use, whatever the gate said of it.
 *
 * @throws {ModelChoiceError} when it is not known, or in use already.
 */
export function promoteModel(
  database: Database,
  actor: string,
  model: string,
  reason = 'by hand',
): Promise<ModelInUse> {
  return choose(database, async (client, { model: current }) => {
    if ((await getModel(client, model)) === null) {
      throw new ModelChoiceError(`model ${model} is not registered; "dtdqm model list" shows those that are`);
    }
    if (model === current) throw new ModelChoiceError(`model ${model} is in use already`);
    await recordAct(client, { actor, act: 'promoted', model, reason });
  });
}

/**
 * Puts the model back in use that was in use before.
 *
 * @throws {ModelChoiceError} when there was none.
 */
export function rollBackModel(database: Database, actor: string, reason = 'by hand'): Promise<ModelInUse> {
  return choose(database, async (client, { previous }) => {
    if (previous === null)
      throw new ModelChoiceError('no other model was in use before: nothing to roll back to');
    await recordAct(client, { actor, act: 'rolled-back', model: previous, reason });
  });
}

/**
 * Keeps retraining from changing the model in use, until it is unpinned.
 *
 * @throws {ModelChoiceError} when no model was ever chosen.
 */
export function pinModel(
  database: Database,
  actor: string,
  pinned: boolean,
  reason = 'by hand',
): Promise<ModelInUse> {
  return choose(database, async (client, { model }) => {
    if (model === null) throw new ModelChoiceError('no model was chosen yet: promote one first');
    await recordAct(client, { actor, act: pinned ? 'pinned' : 'unpinned', model, reason });
  });
}

function choose(
  database: Database,
  act: (client: Parameters<Parameters<typeof transaction>[1]>[0], inUse: ModelInUse) => Promise<void>,
): Promise<ModelInUse> {
  return transaction(database, async (client) => {
    // One choice after the other: two roll-backs at once would both go to the same model.
    await client.query('lock table model_act in exclusive mode');
    await act(client, await modelInUse(client));
    return modelInUse(client);
  });
}
