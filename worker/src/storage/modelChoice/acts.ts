import type { modelActs, ModelInUse } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';

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
