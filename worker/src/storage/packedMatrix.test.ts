import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { noWire } from '@dtdqm/contract';
import { packMatrix, packWithMatrices, unpackMatrix, unpackWithMatrices } from './packedMatrix.ts';

// Written by the first version that stored slices; how it is deflated may differ between versions of zlib.
const matrixThen = Buffer.from('Y2ZsYGRkamSsZ25ibGBkaGZsZGRAApwdjIxcnYz13F0g2W6gLAA=', 'base64');
const stateThen = Buffer.from(
  'i65WysnPzy5WsjLWUUrOSMxNSi0qVrKKrlbKTSwpyqxQsjKo1alWSkosTlWyQhGEK8grzcnRUUpPLFCyUkrNzFMILji8pESpNraWmbGBkZGpkbGeuYmxgZGhmbGRkQEJcHYwMnJ1MtZzd4Fku4GyAA==',
  'base64',
);
const last = [0, 126, 127, 128, 16_383, 16_384, 2_097_152, 5_000_000_000];
const matrix = Array.from({ length: 12 }, (_, y) =>
  y >= 4 && y < 8 ? [noWire, noWire, noWire] : [y % 4 === 3 ? noWire : y, 127 + y, last[y % 8]!],
);
const state = {
  looks: 3,
  chambers: [{ matrix }, { base: { matrix }, matrix: null, gap: 'ein Spät' }],
};

test('slices and states that were stored before are read, and those of today have the same bytes', () => {
  expect(unpackMatrix(matrixThen)).toEqual(matrix);
  expect(unpackWithMatrices(stateThen)).toEqual(state);
  expect(inflateRawSync(packMatrix(matrix))).toEqual(inflateRawSync(matrixThen));
  expect(inflateRawSync(packWithMatrices(state))).toEqual(inflateRawSync(stateThen));
});

test('damaged ones are refused', () => {
  expect(() => unpackMatrix(matrixThen.subarray(0, 20))).toThrow();
  expect(() => unpackMatrix(Buffer.from('AwA=', 'base64'))).toThrow(RangeError);
});
