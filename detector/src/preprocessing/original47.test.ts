import { describe, expect, test } from 'vitest';
import { chamberWires, type ChamberWires } from '../prepare/chamberWires.ts';
import { someChamber } from '../testing/chambers.ts';
import { original47, originalLength } from './original47.ts';

const wires = chamberWires(someChamber());

describe('original-47', () => {
  test('makes one sample for each layer that exists, each with a maximum of 1', () => {
    const chambers = [wires, chamberWires(someChamber(4, 9))];
    const { layers, tensors } = original47.prepare(chambers);
    expect(layers).toHaveLength(12 + 8);
    expect(layers[13]).toEqual({ chamber: 1, row: 1 });
    expect(tensors.layer).toHaveLength(20 * originalLength);
    layers.forEach((_, sample) => {
      const own = tensors.layer!.subarray(sample * originalLength, (sample + 1) * originalLength);
      expect(Math.max(...own)).toBe(1);
    });
  });

  test('a dead layer stays all zero', () => {
    const { tensors } = original47.prepare([chamberWires(someChamber(2, 1, (rows) => rows[0]!.fill(0)))]);
    expect(Math.max(...tensors.layer!.subarray(0, originalLength))).toBe(0);
  });

  test('takes gradients back to wires as finite differences do', () => {
    const weight = (index: number) => Math.sin(index * 0.7);
    const weighed = (chamber: ChamberWires) =>
      original47
        .prepare([chamber])
        .tensors.layer!.reduce((sum, value, index) => sum + value * weight(index), 0);
    const samples = original47.prepare([wires]);
    const gradient = samples.tensors.layer!.map((_, index) => weight(index));
    const result = wires.layers.map((layer) => layer && new Float64Array(layer.length));
    original47.pullback!([wires], samples, { layer: gradient }, samples.layers.map(() => result)); // prettier-ignore

    for (const [row, wire] of [
      [0, 0],
      [3, 20],
      [7, 56],
      [11, 31],
    ] as const) {
      // prettier-ignore
      const shifted = (by: number): ChamberWires => ({
        ...wires,
        layers: wires.layers.map((layer, r) => layer && (r === row ? layer.map((hits, w) => hits + (w === wire ? by : 0)) : layer)), // prettier-ignore
      });
      const slope = (weighed(shifted(0.5)) - weighed(shifted(-0.5))) / 1;
      expect(result[row]![wire]).toBeCloseTo(slope, 4);
    }
  });
});
