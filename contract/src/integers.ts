/**
 * Counts in few bytes: each as an integer of 7 bits a byte, the lowest first, the eighth bit where more follow. Most counts of a look at a run are
 * below 128 and take one byte. What is stored of the inside of runs is written like this: the bytes may not change.
 *
 * @param numbers whole and not negative, up to 2^53.
 */
export function packIntegers(numbers: Iterable<number>): Uint8Array {
  const bytes: number[] = [];
  for (let rest of numbers) {
    // Division, as bits end at 32 and hits do not.
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  }
  return new Uint8Array(bytes);
}

/** @throws {RangeError} where the last one is not whole. */
export function unpackIntegers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const { value, next } = integerAt(bytes, at);
    numbers.push(value);
    at = next;
  }
  return numbers;
}

/** The integer that begins at a byte, and where the next one does. @throws {RangeError} when the bytes end before it does. */
export function integerAt(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let scale = 1; ; scale *= 128, at += 1) {
    const byte = bytes[at];
    if (byte === undefined) throw new RangeError('packed counts are damaged');
    value += (byte % 128) * scale;
    if (byte < 128) return { value, next: at + 1 };
  }
}
