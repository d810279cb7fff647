import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chamberWires, type ChamberWires } from '../prepare/chamberWires.ts';
import { someChamber } from '../testing/index.ts';
import {
  original47,
  originalLength,
  resize,
  resizeTransposed,
  scaleToMaximum,
  scaleTransposed,
} from './original47.ts';

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
    original47.backprop!([wires], samples, { layer: gradient }, samples.layers.map(() => result)); // prettier-ignore

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

const layer = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 120 });
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, index) => sum + value * b[index]!, 0);

describe('resize', () => {
  test('puts half-pixel centres on straight lines between cells', () => {
    expect([...resize(Float64Array.of(0, 4, 8, 12), 2)]).toEqual([2, 10]);
    expect([...resize(Float64Array.of(0, 6, 12), 2)]).toEqual([1.5, 10.5]);
  });

  test('mixes with zeros outside when it stretches', () => {
    expect([...resize(Float64Array.of(4, 8), 4)]).toEqual([3, 5, 7, 6]);
  });

  test('changes nothing when the length stays', () => {
    fc.assert(
      fc.property(layer, (values) => {
        expect([...resize(Float64Array.from(values), values.length)]).toEqual(values);
      }),
    );
  });

  test('keeps a flat layer of at least the same length flat', () => {
    fc.assert(
      fc.property(fc.integer({ min: 47, max: 120 }), fc.integer({ min: 0, max: 1000 }), (length, level) => {
        for (const value of resize(new Float64Array(length).fill(level), 47))
          expect(value).toBeCloseTo(level, 9);
      }),
    );
  });

  test('has the transpose it says: <resize(x), g> = <x, transposed(g)>', () => {
    const gradient = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), {
      minLength: 47,
      maxLength: 47,
    });
    fc.assert(
      fc.property(layer, gradient, (values, g) => {
        const back = new Float64Array(values.length);
        resizeTransposed(g, back);
        expect(dot(values, back)).toBeCloseTo(dot(resize(Float64Array.from(values), 47), g), 5);
      }),
    );
  });
});

const hits = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 60 });

describe('scaleToMaximum', () => {
  test('makes the greatest cell 1 whatever the rate', () => {
    fc.assert(
      fc.property(hits, fc.integer({ min: 1, max: 50 }), (values, factor) => {
        fc.pre(values.some((value) => value > 0));
        const once = scaleToMaximum(Float64Array.from(values));
        expect(Math.max(...once)).toBe(1);
        scaleToMaximum(Float64Array.from(values, (value) => value * factor)).forEach((value, index) =>
          expect(value).toBeCloseTo(once[index]!, 12),
        );
      }),
    );
  });

  test('leaves a layer without hits at zero', () => {
    expect([...scaleToMaximum(new Float64Array(5))]).toEqual([0, 0, 0, 0, 0]);
  });

  test('has the gradient it says, the greatest cell included', () => {
    const values = Float64Array.of(3, 8, 20, 1);
    const weights = [0.5, -2, 1, 3];
    const weighed = (cells: Float64Array) =>
      scaleToMaximum(cells).reduce((sum, value, index) => sum + value * weights[index]!, 0);
    scaleTransposed(values, weights).forEach((slope, index) => {
      const shifted = (by: number) => values.map((value, cell) => (cell === index ? value + by : value));
      expect(slope).toBeCloseTo((weighed(shifted(1e-4)) - weighed(shifted(-1e-4))) / 2e-4, 6);
    });
  });
});
