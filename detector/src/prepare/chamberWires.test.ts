import { noWire } from '@dtdqm/contract';
import { expect, test } from 'vitest';
import { someChamber } from '../testing/index.ts';
import { chamberWires, onMatrix } from './chamberWires.ts';

test('drops cells without wire wherever they stand, and puts values back beside them', () => {
  const { chamber, matrix } = someChamber(1, 3, (rows) => {
    rows[2]![5] = noWire;
  });
  const { layers } = chamberWires({ chamber, matrix });
  expect(layers[2]).not.toContain(noWire);
  expect(onMatrix(matrix, layers)).toEqual(matrix);
});

test('has no layer where the station has none, even if the histogram holds zeros there', () => {
  const { chamber, matrix } = someChamber(4, 3, (rows) => rows[4]!.fill(0));
  const { layers } = chamberWires({ chamber, matrix });
  expect(layers.map((wires) => wires !== null)).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1].map(Boolean));
  expect(new Set(onMatrix(matrix, layers)[4])).toEqual(new Set([noWire]));
});

test('has no layer where a row holds no wire', () => {
  const { chamber, matrix } = someChamber(2, 3, (rows) => rows[8]!.fill(noWire));
  expect(chamberWires({ chamber, matrix }).layers[8]).toBeNull();
});
