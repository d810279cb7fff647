import { noWire, rowsPerChamber, type Matrix } from '@dtdqm/contract';

/** Greatest value of a 16-bit integer: attributions are stored as fractions of the greatest of the chamber. */
const full = 32_767;

export interface QuantisedSaliency {
  /** Greatest absolute attribution of the chamber. */
  scale: number;
  /** As the flattened matrix, -32767..32767; 0 where there is no wire. */
  values: number[];
}

/**
 * Rows one after the other, layer 1 first. Read such arrays with `to_json`: JSON.parse takes a third of the time that
 * pg's array parser does, on the thread that also serves requests.
 */
export function flatten(rows: readonly (readonly number[])[]): number[] {
  return rows.flat();
}

/** Undoes {@link flatten}: 12 rows of equal width. */
export function unflatten(cells: readonly number[]): number[][] {
  const width = cells.length / rowsPerChamber;
  return Array.from({ length: rowsPerChamber }, (_, row) => cells.slice(row * width, (row + 1) * width));
}

/** Sixteen bits keep an attribution to 1/65,000 of the chamber's range, far below what any display shows. */
export function quantise(saliency: readonly (readonly number[])[], matrix: Matrix): QuantisedSaliency {
  const cells = flatten(matrix);
  const attributions = flatten(saliency).map((value, index) => (cells[index] === noWire ? 0 : value));
  // Rounded to what the column holds, so that storing and reading use the same scale.
  const scale = Math.fround(attributions.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0));
  return { scale, values: attributions.map((value) => (scale === 0 ? 0 : quantum(value / scale))) };
}

function quantum(fraction: number): number {
  return Math.max(-full, Math.min(full, Math.round(fraction * full)));
}

/** Attributions per wire; -1 where the matrix has no wire. Without values, which were forgotten then, they are 0. */
export function dequantise({ scale, values }: QuantisedSaliency, matrix: Matrix): number[][] {
  if (values.length === 0) return matrix.map((row) => row.map((hits) => (hits === noWire ? noWire : 0)));
  return unflatten(values).map((row, y) =>
    row.map((value, x) => (matrix[y]?.[x] === noWire ? noWire : (value * scale) / full)),
  );
}

/** Text of a PostgreSQL array; `null` elements become NULL. Elements must need no quoting: numbers, plain words. */
export function arrayLiteral(values: readonly (number | string | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`;
}
