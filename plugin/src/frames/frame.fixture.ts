import type { DataFrame, Field, FieldType } from '@grafana/data';

/** A data frame of plain columns; numbers make number fields, everything else text. */
export function frameOf(columns: Record<string, readonly unknown[]>, refId = 'A'): DataFrame {
  const fields = Object.entries(columns).map(([name, values]): Field => ({
    name,
    type: (typeof values[0] === 'number' ? 'number' : 'string') as FieldType,
    config: {},
    values: [...values],
  }));
  return { refId, fields, length: Math.max(0, ...fields.map(({ values }) => values.length)) };
}
