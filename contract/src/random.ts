/**
 * Pseudo-random numbers that are the same on every machine, which `Math.random` cannot. Not for secrets.
 *
 * Two algorithms stay, because what is recorded depends on the streams of both: every simulated chamber (and with it the
 * examples that the shipped networks were trained on) comes from sfc32, their initial weights and the order of their
 * examples, SmoothGrad's noise and every bootstrap interval from mulberry32.
 */

/** The next number of a stream, uniform in [0, 1), 32 bits. */
export type Random = () => number;

/** mulberry32: a small generator, for one stream from one number. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** What a stream is for: seeds of different paths give independent streams, so that nothing drawn elsewhere shifts them. */
export type SeedPath = readonly (number | string)[];

/** Chris Doty-Humphrey's sfc32 (PractRand), seeded by hashing a path of numbers and words. */
export function randomOf(...path: SeedPath): Random {
  const text = path.map((part) => `${typeof part === 'number' ? 'n' : 's'}${part}`).join('/');
  let a = mix(fnv1a(text, 0x9e3779b9));
  let b = mix(fnv1a(text, 0x243f6a88));
  let c = mix(fnv1a(text, 0xb7e15162));
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
  return next;
}

/** FNV-1a of a text's UTF-16 code units, 32 bits, unsigned. */
export function fnv1a(text: string, salt = 0): number {
  let value = 0x811c9dc5 ^ salt;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** MurmurHash3's finaliser: every bit of the hash depends on every other. */
function mix(hash: number): number {
  let value = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}

export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** Uniform in the logarithm; both limits above 0. */
export function logUniform(random: Random, low: number, high: number): number {
  return Math.exp(uniform(random, Math.log(low), Math.log(high)));
}

/** Whole number from low to high, both included. */
export function integer(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** Whole number uniform in 0..below-1. */
export function drawIndex(random: Random, below: number): number {
  return Math.floor(random() * below);
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability;
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[drawIndex(random, items.length)]!;
}

/** The items in random order (Fisher and Yates); the input stays as it is. */
export function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = drawIndex(random, last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

/** Normal deviate (Box and Muller, 1958). */
export function normal(random: Random, mean = 0, sd = 1): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return mean + sd * radius * Math.cos(2 * Math.PI * random());
}

const knuthLimit = 12;

/** Poisson deviate: Knuth's product below 12, Hörmann's transformed rejection (PTRS, 1993) from there. */
export function poisson(random: Random, mean: number): number {
  if (!(mean > 0)) return 0;
  return mean < knuthLimit ? poissonByProduct(random, mean) : poissonByRejection(random, mean);
}

function poissonByProduct(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; product *= random()) count += 1;
  return count;
}

function poissonByRejection(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= vr) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const left = Math.log((v * inverseAlpha) / (a / (us * us) + b));
    if (left <= -mean + count * Math.log(mean) - logFactorial(count)) return count;
  }
}

/** Stirling's series, within 1e-9 from 10 on, where alone it is used. */
function logFactorial(n: number): number {
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.9189385332046727 + 1 / (12 * x) - 1 / (360 * x * x * x);
}

const directLimit = 30;

/** Binomial deviate: trial by trial while there are few, else the rounded normal of the same mean and variance. */
export function binomial(random: Random, trials: number, probability: number): number {
  if (probability >= 1) return trials;
  if (probability <= 0 || trials <= 0) return 0;
  if (trials > directLimit) {
    const sd = Math.sqrt(trials * probability * (1 - probability));
    return Math.min(trials, Math.max(0, Math.round(normal(random, trials * probability, sd))));
  }
  let successes = 0;
  for (let trial = 0; trial < trials; trial++) if (random() < probability) successes += 1;
  return successes;
}
