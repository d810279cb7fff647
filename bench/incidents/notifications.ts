import type { Database } from '@dtdqm/worker/storage/database';
import { ruleGroups } from '../../provisioning/src/alerting/rules.ts';

export interface Message {
  run: number;
  rule: string;
  /** Alerts that the message tells of for the first time. */
  alerts: string[];
}

/** Those that ask somebody to act: answers and healing are told for information. */
const rules = ruleGroups
  .filter(({ name }) => name === 'DT incidents')
  .flatMap((group) => group.rules)
  .filter(({ severity }) => severity !== 'info');

/**
 * What Grafana would send after each run: the SQL of the provisioned rules, an alert for each set of labels, a message for
 * each rule that has a new one (grouped by rule, as provisioned). Reminders and all-clears are left out.
 */
export function watchRules(database: Database): (run: number) => Promise<Message[]> {
  const firing = new Map<string, Set<string>>();
  return async (run) => {
    const messages: Message[] = [];
    for (const { uid, title, sql } of rules) {
      const { rows } = await database.query<Record<string, unknown>>(sql);
      const now = new Set(rows.map(labelsOf));
      const before = firing.get(uid) ?? new Set<string>();
      const alerts = [...now].filter((labels) => !before.has(labels));
      if (alerts.length > 0) messages.push({ run, rule: title, alerts });
      firing.set(uid, now);
    }
    return messages;
  };
}

/** Text columns are labels, numbers are values. */
function labelsOf(row: Record<string, unknown>): string {
  return Object.entries(row)
    .filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => `${name}=${value as string}`)
    .join(', ');
}
