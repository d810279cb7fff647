import { appId, dashboardUids, type DashboardName, type Severity } from '@dtdqm/contract';
import { type dataSource, primary } from '../vocabulary.ts';
import { tidy } from '../model/panel.ts';

export interface Rule {
  uid: string;
  title: string;
  /** For the table of docs/operations/alerting.md: what must be so before anybody is told. */
  about: string;
  /** One statement: text columns become labels, its one number is compared. A row is an alert of its own. */
  sql: string;
  /** What is asked: the database itself unless set. */
  source?: typeof dataSource;
  /** Fires above (`gt`) or below (`lt`) this. */
  fires: { when: 'gt' | 'lt'; value: number };
  /** How long it must hold before anybody is told. */
  for: string;
  /** What no row means: OK where rows are problems, Alerting where there must be one. */
  noDataState: 'OK' | 'Alerting';
  /** Static unless the statement has a column of that name. */
  severity: Severity | 'from the row';
  /** Who acts: the shift and on-call experts, or those who keep the monitor running. */
  audience: 'detector' | 'monitor';
  /** Mute timings go by topic. */
  topic: 'incident' | 'run' | 'beam' | 'worker' | 'model';
  /** One sentence; {{ .Labels.x }} and {{ .Values.A }} are filled in. No dollar signs: Grafana takes them for variables of its own. */
  summary: string;
  description: string;
  dashboard: DashboardName;
  /** Text of the query of the address that shows it (of a chamber: unless the row is about the whole detector), such as var-wheel={{ .Labels.wheel }}. */
  query?: string;
  /** As `query`, of the overview, for the run that it is about. */
  run?: string | undefined;
  /** File in docs/operations/runbooks, without .md. */
  runbook: string;
}

export interface RuleGroup {
  name: string;
  interval: string;
  rules: readonly Rule[];
}

const expression = '__expr__';

const addressOf = (dashboard: DashboardName, query?: string) =>
  `{{ externalURL }}d/${dashboardUids[dashboard]}${query === undefined ? '' : `?${query}`}`;

/** The rule as Grafana provisions it (alerting file, version 1). */
export function ruleJson(rule: Rule): Record<string, unknown> {
  const { query, run, severity, source = primary } = rule;
  return {
    uid: rule.uid,
    title: rule.title,
    condition: 'B',
    data: [
      {
        refId: 'A',
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: source.uid,
        model: {
          refId: 'A',
          datasource: source,
          format: 'table',
          rawQuery: true,
          editorMode: 'code',
          rawSql: `${tidy(rule.sql)}\n`,
          intervalMs: 1000,
          maxDataPoints: 43200,
        },
      },
      {
        refId: 'B',
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: expression,
        model: {
          refId: 'B',
          datasource: { type: expression, uid: expression },
          type: 'threshold',
          expression: 'A',
          conditions: [{ type: 'query', evaluator: { type: rule.fires.when, params: [rule.fires.value] } }],
        },
      },
    ],
    for: rule.for,
    noDataState: rule.noDataState,
    // What could not be asked is not known: Grafana makes an alert of its own of it, and a policy makes one message of all of them.
    execErrState: 'Error',
    isPaused: false,
    labels: {
      ...(severity === 'from the row' ? {} : { severity }),
      audience: rule.audience,
      topic: rule.topic,
    },
    annotations: {
      summary: rule.summary,
      description: rule.description,
      link:
        rule.dashboard === 'chamber'
          ? `{{ if .Labels.wheel }}${addressOf('chamber', query)}{{ else }}${addressOf('overview', run)}{{ end }}`
          : addressOf(rule.dashboard, query),
      ...(run === undefined ? {} : { run_link: addressOf('overview', run) }),
      // The plugin brings them along, so that the link works on a network without a way out.
      runbook_url: `{{ externalURL }}public/plugins/${appId}/runbooks/${rule.runbook}.md`,
    },
  };
}
