import { panelIds, type Standing } from '@dtdqm/contract';
import { dataSource, prometheus } from '../vocabulary.ts';
import type { BarrelOptions } from '../../../plugin/src/panels/barrel/options.ts';
import type { ChamberOptions } from '../../../plugin/src/panels/chamber/options.ts';
import type { IncidentsOptions } from '../../../plugin/src/panels/incidents/options.ts';

/** Where a panel stands in Grafana's grid of 24 columns; rows are 30 px high. */
interface Size {
  w: number;
  h: number;
}

export type Query = SqlQuery | PromQuery;

interface PromQuery {
  promql: string;
  /** Name of a series, with labels as `{{label}}`. */
  legend: string;
}

interface SqlQuery {
  sql: string;
  /** `table` (the default) keeps columns; `time_series` wants `time`, a number and at most one name. */
  format?: 'table' | 'time_series';
  /** Name of the frame; A, B, C .. unless set. */
  refId?: string;
}

interface Link {
  title: string;
  url: string;
}

/** What every panel needs; how it is drawn comes on top. */
export interface PanelFields extends Size {
  title: string;
  /** The room of the title goes to what is said; what the panel is called stands behind the (i). */
  untitled?: boolean;
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
  const { w, h, title, untitled = false, description, queries, links = [], transparent = false } = fields;
  const targets = queries.map((query, index) => target(query, String.fromCharCode(65 + index)));
  const datasource = queries.some((query) => 'promql' in query) ? prometheus : dataSource;
  return {
    w,
    h,
    json: {
      type,
      title: untitled ? '' : title,
      description: untitled ? `${title}. ${description}` : description,
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

/** Colours of Grafana's palette, by what they mean: quiet until something is wrong. */
export const meaning = {
  quiet: 'text',
  muted: 'semi-dark-blue',
  warning: 'orange',
  loud: 'red',
  accent: 'blue',
} as const;
export type Meaning = keyof typeof meaning;

export interface Step {
  from: number;
  as: Meaning;
}

export interface Thresholds {
  mode: 'absolute';
  steps: readonly { color: string; value: number | null }[];
}

/** Thresholds that begin quiet. */
export function steps(...list: Step[]): Thresholds {
  return {
    mode: 'absolute',
    steps: [
      { color: meaning.quiet, value: null },
      ...list.map(({ from, as }) => ({ color: meaning[as], value: from })),
    ],
  };
}

/** Values below this one stand out; what is not known does not. */
export function worriedBelow(value: number): Record<string, unknown>[] {
  const result = { color: meaning.warning, index: 0 };
  return [{ type: 'range', options: { from: null, to: value, result } }];
}

/** Settings of one column or series. */
export interface Column {
  name: string;
  title?: string;
  unit?: string;
  decimals?: number;
  width?: number;
  links?: readonly Link[];
  thresholds?: Thresholds;
  /** Colours the text of a table's cell by threshold. */
  coloured?: boolean;
  /** A bar behind the number, from 0 to this. */
  gaugeTo?: number;
  colour?: Meaning;
  hidden?: boolean;
  axis?: 'right';
  axisLabel?: string;
  mappings?: readonly Record<string, unknown>[];
  /** What stands in an empty cell of a table; nothing unless set. */
  noValue?: string;
  bars?: boolean;
}

export function override(column: Column): Record<string, unknown> {
  const { name, title, unit, decimals, width, links, thresholds, coloured, gaugeTo, colour, hidden, axis } =
    column;
  const properties: { id: string; value: unknown }[] = [];
  const set = (id: string, value: unknown) => {
    if (value !== undefined) properties.push({ id, value });
  };
  set('displayName', title);
  set('unit', unit);
  set('decimals', decimals);
  set('custom.width', width);
  set('links', links);
  set('thresholds', thresholds);
  set('mappings', column.mappings);
  set('noValue', column.noValue);
  if (coloured) set('custom.displayMode', 'color-text');
  if (gaugeTo !== undefined) {
    set('custom.displayMode', 'basic');
    set('min', 0);
    set('max', gaugeTo);
    set('color', { mode: 'thresholds' });
  }
  if (colour !== undefined) set('color', { mode: 'fixed', fixedColor: meaning[colour] });
  if (hidden) set('custom.hidden', true);
  if (axis !== undefined) set('custom.axisPlacement', axis);
  set('custom.axisLabel', column.axisLabel);
  if (column.bars) {
    set('custom.drawStyle', 'bars');
    set('custom.fillOpacity', 60);
  }
  return { matcher: { id: 'byName', options: name }, properties };
}

/** Settings of every column but one. */
export function others(name: string, values: Record<string, unknown>): Record<string, unknown> {
  return {
    matcher: { id: 'byRegexp', options: `/^(?!${name}$).*/` },
    properties: Object.entries(values).map(([id, value]) => ({ id, value })),
  };
}

/** Texts instead of values, with the colour that they mean. */
export function texts<Word extends string>(
  map: Record<Word, { text: string; as?: Meaning }>,
): Record<string, unknown>[] {
  const options = Object.fromEntries(
    Object.entries<{ text: string; as?: Meaning }>(map).map(([value, { text, as }], index) => [
      value,
      { text, index, ...(as === undefined ? {} : { color: meaning[as] }) },
    ]),
  );
  return [{ type: 'value', options }];
}

/** The barrel; options that are not given are the panel's defaults. */
export function barrel(fields: PanelFields & { options: Partial<BarrelOptions> }): Panel {
  return panel(panelIds.barrel, fields, {
    options: { ...fields.options },
    fieldConfig: { defaults: {}, overrides: [] },
  });
}

/** One chamber; options that are not given are the panel's defaults. */
export function chamber(fields: PanelFields & { options: Partial<ChamberOptions> }): Panel {
  return panel(panelIds.chamber, fields, {
    options: { ...fields.options },
    fieldConfig: { defaults: {}, overrides: [] },
  });
}

/** Incidents, to look at and to act on; it asks the monitor itself. Options that are not given are the panel's defaults. */
export function incidents(
  fields: Omit<PanelFields, 'queries'> & { options: Partial<IncidentsOptions> },
): Panel {
  return panel(
    panelIds.incidents,
    { ...fields, queries: [] },
    { options: { ...fields.options }, fieldConfig: { defaults: {}, overrides: [] } },
  );
}

/** How loud an incident is, as it reads in tables: new is loud until somebody answers, what is answered is muted, healed is quiet. */
export const incidentStandings = texts<Standing>({
  new: { text: '▲ new', as: 'loud' },
  unconfirmed: { text: '△ unconfirmed', as: 'loud' },
  acknowledged: { text: '✓ acknowledged', as: 'muted' },
  shelved: { text: '⏸ shelved', as: 'muted' },
  healed: { text: '○ healed', as: 'quiet' },
});

/** The chamber of the variables through the run; it asks the monitor itself, as incidents do. */
export function strip(fields: Omit<PanelFields, 'queries'>): Panel {
  return panel(
    panelIds.strip,
    { ...fields, queries: [] },
    { options: {}, fieldConfig: { defaults: {}, overrides: [] } },
  );
}
