import { dataSource, prometheus } from '../names.ts';

/** Where a panel stands in Grafana's grid of 24 columns; rows are 30 px high. */
interface Size {
  w: number;
  h: number;
}

export type Query = SqlQuery | PromQuery;

export interface PromQuery {
  promql: string;
  /** Name of a series, with labels as `{{label}}`. */
  legend: string;
}

export interface SqlQuery {
  sql: string;
  /** `table` (the default) keeps columns; `time_series` wants `time`, a number and at most one name. */
  format?: 'table' | 'time_series';
  /** Name of the frame; A, B, C .. unless set. */
  refId?: string;
}

export interface Link {
  title: string;
  url: string;
}

/** What every panel needs; how it is drawn comes on top. */
export interface PanelFields extends Size {
  title: string;
  /** Shown behind the (i) of the panel: what is seen, and what to do when it looks wrong. */
  description: string;
  queries: readonly Query[];
  links?: readonly Link[];
  transparent?: boolean;
}

export interface Panel extends Size {
  json: Record<string, unknown>;
}

/** A panel as Grafana's JSON without place and id, which the dashboard gives it. */
export function panel(
  type: string,
  fields: PanelFields,
  { options, fieldConfig }: { options: Record<string, unknown>; fieldConfig: FieldConfig },
): Panel {
  const { w, h, title, description, queries, links = [], transparent = false } = fields;
  const targets = queries.map((query, index) => target(query, String.fromCharCode(65 + index)));
  const datasource = queries.some((query) => 'promql' in query) ? prometheus : dataSource;
  return {
    w,
    h,
    json: {
      type,
      title,
      description,
      datasource,
      ...(transparent ? { transparent } : {}),
      ...(links.length > 0 ? { links } : {}),
      targets,
      options,
      fieldConfig,
    },
  };
}

function target(query: Query, letter: string): Record<string, unknown> {
  if ('promql' in query) {
    const { promql: expr, legend: legendFormat } = query;
    return { refId: letter, datasource: prometheus, expr, legendFormat, range: true, editorMode: 'code' };
  }
  const { sql, format = 'table', refId = letter } = query;
  return { refId, datasource: dataSource, format, rawQuery: true, editorMode: 'code', rawSql: tidy(sql) };
}

export interface FieldConfig {
  defaults: Record<string, unknown>;
  overrides: readonly Record<string, unknown>[];
}

/** Removes the indentation that a statement has in the source. */
export function tidy(sql: string): string {
  const lines = sql.replace(/^\n+|\s+$/g, '').split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join('\n');
}
