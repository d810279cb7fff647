import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { parse } from 'yaml';

/** One SQL statement that Grafana sends, and where it stands. */
export interface Statement {
  /** For people: dashboard, panel and frame, or rule. */
  where: string;
  kind: 'panel' | 'variable' | 'annotation' | 'rule';
  sql: string;
  format: 'table' | 'time_series';
  /** Type of the panel that draws it; empty for what is no panel. */
  panel: string;
}

interface Target {
  refId: string;
  rawSql?: string;
  format?: 'table' | 'time_series';
}

interface PanelJson {
  type: string;
  title: string;
  description: string;
  targets?: Target[];
}

interface DashboardJson {
  uid: string;
  title: string;
  panels: PanelJson[];
  templating: { list: { name: string; type: string; query?: unknown }[] };
  annotations: { list: { name: string; target?: Target }[] };
}

/** Every statement of a dashboard as Grafana reads it: panels, variables and annotations. */
function dashboardStatements({ title, panels, templating, annotations }: DashboardJson): Statement[] {
  const panelStatements = panels.flatMap((panel) =>
    (panel.targets ?? [])
      // What asks Prometheus has no SQL.
      .filter(({ rawSql }) => rawSql !== undefined)
      .map((target) =>
        statement(`${title} / ${nameOf(panel)} / ${target.refId}`, 'panel', target, panel.type),
      ),
  );
  const variables = templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) =>
      statement(`${title} / variable ${name}`, 'variable', { refId: name, rawSql: String(query) }),
    );
  const notes = annotations.list.map(({ name, target }) =>
    statement(`${title} / annotation ${name}`, 'annotation', target ?? { refId: name }),
  );
  return [...panelStatements, ...variables, ...notes];
}

/** What a panel without a title is called stands first in its description. */
export function nameOf({ title, description }: Pick<PanelJson, 'title' | 'description'>): string {
  return title === '' ? (description.split('. ')[0] ?? '') : title;
}

interface RulesJson {
  groups: { rules: { title: string; data: { refId: string; model: Target }[] }[] }[];
}

function ruleStatements({ groups }: RulesJson): Statement[] {
  return groups.flatMap(({ rules }) =>
    rules.flatMap(({ title, data }) =>
      data
        .filter(({ model }) => model.rawSql !== undefined)
        .map(({ refId, model }) => statement(`rule ${title} / ${refId}`, 'rule', model)),
    ),
  );
}

function statement(
  where: string,
  kind: Statement['kind'],
  { rawSql, format = 'table' }: Target,
  panel = '',
): Statement {
  return { where, kind, sql: rawSql ?? '', format, panel };
}

interface TimeRange {
  from: Date;
  to: Date;
}

/** Values of the dashboard's variables, as they are chosen above the panels. */
type VariableValues = Readonly<Record<string, string | readonly string[]>>;

export interface Expansion {
  range: TimeRange;
  intervalSeconds: number;
  variables: VariableValues;
}

/**
 * What Grafana makes of a statement before PostgreSQL sees it: first the page fills in variables, then the server the
 * interval and the macros of its PostgreSQL data source (those that we use).
 *
 * @throws {Error} for a variable or macro that is not known: Grafana would send it as it stands.
 */
export function expand(sql: string, { range, intervalSeconds, variables }: Expansion): string {
  const filled = sql.replace(/\$\{(\w+)(?::(\w+))?\}/g, (_, name: string, format?: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`no variable ${name}`);
    return typeof value === 'string' ? value : joined(value, format);
  });
  const timed = filled
    .replaceAll('$__interval_ms', String(intervalSeconds * 1000))
    .replaceAll('$__interval', `${intervalSeconds}s`);
  return timed.replace(/\$([_a-zA-Z0-9]+)\(([^)]*)\)/g, (_, name: string, text: string) =>
    macro(
      name,
      text.split(',').map((argument) => argument.trim()),
      range,
    ),
  );
}

/** Several values: `csv` leaves them as they are, without a format the SQL data source quotes them. */
function joined(values: readonly string[], format: string | undefined): string {
  if (format === 'csv') return values.join(',');
  if (format === undefined) return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',');
  throw new Error(`no format ${format}`);
}

function macro(name: string, [first = '', second = '']: readonly string[], { from, to }: TimeRange): string {
  switch (name) {
    case '__timeFilter':
      return `${first} BETWEEN '${from.toISOString()}' AND '${to.toISOString()}'`;
    case '__timeFrom':
      return `'${from.toISOString()}'`;
    case '__timeTo':
      return `'${to.toISOString()}'`;
    case '__timeGroup': {
      const seconds = Number.parseFloat(second.replaceAll("'", ''));
      return `floor(extract(epoch from ${first})/${seconds})*${seconds}`;
    }
    default:
      throw new Error(`no macro ${name}`);
  }
}

const provisioning = fileURLToPath(new URL('..', import.meta.url));

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
