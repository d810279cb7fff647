import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packIntegers, unpackIntegers } from './integers.ts';

test('the bytes are those that are stored since the beginning', () => {
  const numbers = [0, 1, 127, 128, 16_383, 16_384, 5_000_000_001];
  const bytes = Buffer.from('00017f8001ff7f80800181e497d012', 'hex');
  expect(Buffer.from(packIntegers(numbers))).toEqual(bytes);
  expect(unpackIntegers(bytes)).toEqual(numbers);
});

test('what is packed is read again, up to the greatest whole number; what ends too early is refused', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat()), (numbers) => {
      const packed = packIntegers(numbers);
      expect(unpackIntegers(packed)).toEqual(numbers);
      const last = numbers.at(-1);
      if (last !== undefined && last > 127)
        expect(() => unpackIntegers(packed.subarray(0, -1))).toThrow(RangeError);
    }),
  );
});
