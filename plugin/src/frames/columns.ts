import type { DataFrame, Field } from '@grafana/data';

/** Names under which the columns of the frame contract are found, besides their own; SQL views and CSV files differ. */
const otherNames: Record<string, readonly string[]> = {
  layer: ['layer_number'],
  wire: ['cell'],
  hits: ['occupancy'],
  score: ['worst_score'],
  expert: ['by', 'labelled_by'],
  fault: ['kind', 'fault_kind'],
};

/** The field of that name, whatever its case; null when the frame has none. */
export function column(frame: DataFrame, name: string): Field | null {
  const wanted = [name, ...(otherNames[name] ?? [])];
  for (const candidate of wanted) {
    const field = frame.fields.find((each) => each.name.toLowerCase() === candidate);
    if (field) return field;
  }
  return null;
}

export function hasColumns(frame: DataFrame, ...names: string[]): boolean {
  return names.every((name) => column(frame, name) !== null);
}

/** Grafana 9 gives fields as vectors, later ones as arrays; both can be read like this. */
export function valueAt(field: Field | null, row: number): unknown {
  if (!field) return null;
  const values = field.values as unknown[] | { get: (index: number) => unknown };
  return Array.isArray(values) ? values[row] : values.get(row);
}

/** A finite number, also when a data source sends it as text; else null. */
export function numberAt(field: Field | null, row: number): number | null {
  const value = valueAt(field, row);
  if (value === null || value === undefined || value === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function textAt(field: Field | null, row: number): string | null {
  const value = valueAt(field, row);
  return value === null || value === undefined ? null : String(value);
}

/** Distinct numbers of a column, in the order in which they come. */
export function distinct(frame: DataFrame, name: string): number[] {
  const field = column(frame, name);
  const found = new Set<number>();
  for (let row = 0; row < frame.length; row += 1) {
    const value = numberAt(field, row);
    if (value !== null) found.add(value);
  }
  return [...found];
}
