import type { Random } from './generator.ts';

export function uniform(random: Random, low: number, high: number): number {
  return low + (high - low) * random.next();
}

/** Uniform in the logarithm; both limits above 0. */
export function logUniform(random: Random, low: number, high: number): number {
  return Math.exp(uniform(random, Math.log(low), Math.log(high)));
}

/** Whole number from low to high, both included. */
export function integer(random: Random, low: number, high: number): number {
  return low + Math.floor(random.next() * (high - low + 1));
}

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random.next() * items.length)]!;
}

/** Normal deviate (Box and Muller, 1958). */
export function normal(random: Random, mean = 0, sd = 1): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return mean + sd * radius * Math.cos(2 * Math.PI * random.next());
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
  for (let product = 1; product > limit; product *= random.next()) count += 1;
  return count;
}

function poissonByRejection(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const vr = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random.next() - 0.5;
    const v = random.next();
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
  for (let trial = 0; trial < trials; trial++) if (random.next() < probability) successes += 1;
  return successes;
}
