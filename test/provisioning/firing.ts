import type { Queryable } from '@dtdqm/worker/storage/database';
import type { Rule } from '../../provisioning/src/alerting/rule.ts';
import { ruleGroups } from '../../provisioning/src/alerting/rules.ts';

export const rules: readonly Rule[] = ruleGroups.flatMap((group) => group.rules);

type Row = Record<string, unknown>;

/**
 * What Grafana would tell of, were it to last: the rows that the threshold of a rule lets through. No row, and none with a number, is what
 * the rule says that "no data" is: nothing, or an alert without labels.
 *
 * @throws {Error} when there is no such rule.
 */
export async function firing(on: Queryable, uid: string): Promise<Row[]> {
  const rule = rules.find((each) => each.uid === uid);
  if (rule === undefined) throw new Error(`no rule ${uid}`);
  const { rows } = await on.query<Row>(rule.sql);
  // The one number of a rule stands last.
  const known = rows.filter((row) => Object.values(row).at(-1) !== null);
  if (known.length === 0) return rule.noDataState === 'Alerting' ? [{}] : [];
  const { when, value } = rule.fires;
  return known.filter((row) => {
    const number = Number(Object.values(row).at(-1));
    return when === 'gt' ? number > value : number < value;
  });
}

/** The uids of the rules that would tell of something, in order. */
export async function firingRules(on: Queryable): Promise<string[]> {
  const told: string[] = [];
  for (const { uid } of rules) if ((await firing(on, uid)).length > 0) told.push(uid);
  return told.sort();
}
