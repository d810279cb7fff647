import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { parse } from 'yaml';
import {
  dashboardStatements,
  ruleStatements,
  type DashboardJson,
  type RulesJson,
  type Statement,
} from './statements.ts';

const provisioning = fileURLToPath(new URL('../..', import.meta.url));

/** Every statement of the files as they are provisioned, not of the code that makes them. */
export async function allStatements(): Promise<Statement[]> {
  const folder = path.join(provisioning, 'dashboards');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const dashboards = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  const rules = await readFile(path.join(provisioning, 'alerting', 'rules.yaml'), 'utf8');
  return [
    ...dashboards.flatMap((text) => dashboardStatements(JSON.parse(text) as DashboardJson)),
    ...ruleStatements(parse(rules) as RulesJson),
  ];
}
