import type { ModelInUse } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { modelInUse, recordAct } from '../../storage/models.ts';
import { registerFolder } from './registerFolder.ts';

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
