import type { Link } from './panel.ts';

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
  mappings?: readonly Record<string, unknown>[];
  /** What stands in an empty cell, where the panel says something else of an empty table. */
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
  if (column.bars) {
    set('custom.drawStyle', 'bars');
    set('custom.fillOpacity', 60);
  }
  return { matcher: { id: 'byName', options: name }, properties };
}

/** Texts instead of values, with the colour that they mean. */
export function texts(map: Record<string, { text: string; as?: Meaning }>): Record<string, unknown>[] {
  const options = Object.fromEntries(
    Object.entries(map).map(([value, { text, as }], index) => [
      value,
      { text, index, ...(as === undefined ? {} : { color: meaning[as] }) },
    ]),
  );
  return [{ type: 'value', options }];
}
