import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Matrix, rowsPerChamber } from '@dtdqm/contract';
import { integerAt, packIntegers, unpackIntegers } from '@dtdqm/contract/integers';
import { unflatten } from './chambers.ts';

/**
 * Counts of a chamber in few bytes: columns, then all cells one after the other and one more than they hold, so that no wire is 0; as packed
 * integers, deflated. Most cells of a slice take one byte before that.
 */
export function packMatrix(matrix: Matrix): Buffer {
  return deflateRawSync(packIntegers(cellsOf(matrix)), { level: 9 });
}

/** @throws {RangeError} when it is no such thing. */
export function unpackMatrix(packed: Uint8Array): Matrix {
  const [matrix] = matricesIn(unpackIntegers(inflateRawSync(packed)));
  if (matrix === undefined) throw new RangeError('packed counts of a chamber are damaged');
  return matrix;
}

/**
 * Plain data with matrices of chambers under keys named `matrix` in few bytes. What is the same matrix stays the same.
 *
 * @param value as JSON can hold it.
 */
export function packWithMatrices(value: unknown): Buffer {
  const places = new Map<Matrix, number>();
  const json = JSON.stringify(withPlaces(value, places));
  const matrices = packIntegers(cellsOf(...places.keys()));
  const text = Buffer.from(json);
  // Written anew with every look: the fastest that is not nothing.
  return deflateRawSync(Buffer.concat([packIntegers([text.length]), text, matrices]), { level: 1 });
}

/** @throws when it is no such thing. */
export function unpackWithMatrices(packed: Uint8Array): unknown {
  const bytes = inflateRawSync(packed);
  const { value: length, next } = integerAt(bytes, 0);
  const matrices = matricesIn(unpackIntegers(bytes.subarray(next + length)));
  return JSON.parse(bytes.toString('utf8', next, next + length), (key, held: unknown) =>
    key === 'matrix' && typeof held === 'number' ? matrices[held] : held,
  );
}

/** A copy with the place of each matrix in its stead. A function that `JSON.stringify` asks for every value takes three times as long. */
function withPlaces(value: unknown, places: Map<Matrix, number>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((held) => withPlaces(held, places));
  const copy: Record<string, unknown> = {};
  for (const [key, held] of Object.entries(value)) {
    if (key !== 'matrix' || held === null) copy[key] = withPlaces(held, places);
    else {
      const place = places.get(held as Matrix) ?? places.size;
      places.set(held as Matrix, place);
      copy[key] = place;
    }
  }
  return copy;
}

function cellsOf(...matrices: Matrix[]): number[] {
  const cells: number[] = [];
  for (const matrix of matrices) {
    cells.push(matrix[0]!.length);
    for (const row of matrix) for (const hits of row) cells.push(hits + 1);
  }
  return cells;
}

function matricesIn(numbers: readonly number[]): Matrix[] {
  const matrices: Matrix[] = [];
  for (let at = 0; at < numbers.length;) {
    const end = at + 1 + numbers[at]! * rowsPerChamber;
    if (numbers[at] === 0 || end > numbers.length)
      throw new RangeError('packed counts of a chamber are damaged');
    matrices.push(unflatten(numbers.slice(at + 1, end).map((cell) => cell - 1)));
    at = end;
  }
  return matrices;
}
