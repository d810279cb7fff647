import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selectBackend } from '../backend/backend.ts';
import { chamberWires } from '../prepare/chamberWires.ts';
import { someChamber } from '../testing/index.ts';
import { original47, originalLength, resize, scaleToMaximum } from './original47.ts';

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

  test('is the same in operations of TensorFlow.js, which differentiate it', async () => {
    await selectBackend('wasm');
    const { layers, tensors } = original47.prepare([wires]);
    layers.forEach(({ row }, sample) => {
      const own = wires.layers[row]!;
      const [input] = original47.fromWires!(tf.tensor2d([...own], [1, own.length]));
      const expected = tensors.layer!.subarray(sample * originalLength, (sample + 1) * originalLength);
      input!.dataSync().forEach((value, cell) => expect(value).toBeCloseTo(expected[cell]!, 5));
    });
    const [dead] = original47.fromWires!(tf.zeros([1, 60]));
    expect(Math.max(...dead!.dataSync())).toBe(0);
  });
});

const layer = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 120 });

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
});
