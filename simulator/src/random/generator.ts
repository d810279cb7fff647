/** A stream of pseudo-random numbers. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
}

/** What a stream is for: seeds of different paths give independent streams, so that nothing drawn elsewhere shifts them. */
export type SeedPath = readonly (number | string)[];

/**
 * Chris Doty-Humphrey's sfc32 (PractRand), seeded by hashing a path of numbers and words. The same path gives the same
 * stream on every machine.
 */
export function randomOf(...path: SeedPath): Random {
  let a = hash(path, 0x9e3779b9);
  let b = hash(path, 0x243f6a88);
  let c = hash(path, 0xb7e15162);
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 0x1_0000_0000;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return { next };
}

/** FNV-1a over the path's text, finished with MurmurHash3's mixer. */
function hash(path: SeedPath, salt: number): number {
  let value = 0x811c9dc5 ^ salt;
  const text = path.map((part) => `${typeof part === 'number' ? 'n' : 's'}${part}`).join('/');
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
