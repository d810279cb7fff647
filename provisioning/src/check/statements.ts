/** One SQL statement that Grafana sends, and where it stands. */
export interface Statement {
  /** For people: dashboard, panel and frame, or rule. */
  where: string;
  kind: 'panel' | 'variable' | 'annotation' | 'rule';
  sql: string;
  format: 'table' | 'time_series';
}

interface Target {
  refId: string;
  rawSql?: string;
  format?: 'table' | 'time_series';
}

interface PanelJson {
  title: string;
  targets?: Target[];
}

export interface DashboardJson {
  uid: string;
  title: string;
  panels: PanelJson[];
  templating: { list: { name: string; type: string; query?: unknown }[] };
  annotations: { list: { name: string; target?: Target }[] };
}

/** Every statement of a dashboard as Grafana reads it: panels, variables and annotations. */
export function dashboardStatements({ title, panels, templating, annotations }: DashboardJson): Statement[] {
  const panelStatements = panels.flatMap((panel) =>
    (panel.targets ?? [])
      // What asks Prometheus has no SQL.
      .filter(({ rawSql }) => rawSql !== undefined)
      .map((target) => statement(`${title} / ${panel.title} / ${target.refId}`, 'panel', target)),
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

export interface RulesJson {
  groups: { rules: { title: string; data: { refId: string; model: Target }[] }[] }[];
}

export function ruleStatements({ groups }: RulesJson): Statement[] {
  return groups.flatMap(({ rules }) =>
    rules.flatMap(({ title, data }) =>
      data
        .filter(({ model }) => model.rawSql !== undefined)
        .map(({ refId, model }) => statement(`rule ${title} / ${refId}`, 'rule', model)),
    ),
  );
}

function statement(where: string, kind: Statement['kind'], { rawSql, format = 'table' }: Target): Statement {
  return { where, kind, sql: rawSql ?? '', format };
}
