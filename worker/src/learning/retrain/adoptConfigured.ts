import type { Queryable } from '../../storage/database.ts';
import { modelInUse, recordAct, type ModelInUse } from '../../storage/modelChoice/acts.ts';
import { registerFolder } from './registerFolder.ts';

/**
 * Puts down in the journal which model was in use before anybody ever chose one, so that it can be gone back to.
 *
 * @param folder of the model of the configuration.
 */
export async function adoptConfigured(db: Queryable, actor: string, folder: string): Promise<ModelInUse> {
  const inUse = await modelInUse(db);
  if (inUse.model !== null) return inUse;
  const { model } = await registerFolder(db, folder);
  await recordAct(db, { actor, act: 'promoted', model, reason: 'was in use' });
  return modelInUse(db);
}
