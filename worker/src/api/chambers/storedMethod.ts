import { z } from 'zod';
import { saliencyMethodNames, type SaliencyMethodName } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { getModel } from '../../storage/models.ts';

const cardSchema = z.object({ saliency: z.object({ method: z.enum(saliencyMethodNames) }) });

/** How the stored attributions of a model were made, as its card says; `gradient`, the first method, where it says nothing. */
export async function storedMethod(db: Queryable, model: string): Promise<SaliencyMethodName> {
  const stored = await getModel(db, model);
  const card = cardSchema.safeParse(stored?.metadata);
  return card.success ? card.data.saliency.method : 'gradient';
}
