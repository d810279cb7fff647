import { zeros } from '../prepare/arrayPool.ts';
import { quantile } from './levels.ts';
import type { Grid } from '../prepare/grid.ts';
import type { FourLayers } from './siblings.ts';

/** Held at this many times the mean of the others, and a few hits: a spike in one layer is no excess of the column. */
const held = 2;
const heldHits = 6;

/** Hits of all four layers together, of layers by column; where a layer has no wire, scaled to four. */
export function columnsOf([a, b, c, d]: FourLayers, { width, missing }: Grid): Float64Array {
  const columns = zeros(width);
  for (let column = 0; column < width; column++) {
    const x = a[column]!;
    const y = b[column]!;
    const z = c[column]!;
    const w = d[column]!;
    if (missing[column]) {
      columns[column] = incompleteColumn([x, y, z, w], missing[column]!);
      continue;
    }
    const sum = x + y + z + w;
    const highest = greater(greater(x, y), greater(z, w));
    const limit = (held / 3) * (sum - highest) + heldHits;
    columns[column] = highest < limit ? sum : sum - highest + limit;
  }
  return columns;
}

function incompleteColumn(cells: readonly number[], missing: number): number {
  let sum = 0;
  let highest = 0;
  let present = 0;
  for (let own = 0; own < 4; own++) {
    if (missing & (1 << own)) continue;
    const hits = cells[own]!;
    sum += hits;
    present += 1;
    if (hits > highest) highest = hits;
  }
  const limit = present > 1 ? (held * (sum - highest)) / (present - 1) + heldHits : highest;
  return ((highest < limit ? sum : sum - highest + limit) * 4) / present;
}

/** Without a jump, see `siblings.ts`. */
function greater(one: number, other: number): number {
  return 0.5 * (one + other + Math.abs(one - other));
}

/** Terms of the polynomial that a healthy superlayer's profile is described by. */
const terms = 5;
const rounds = 4;
/** Columns below the first share of the fit have no weight in the next one, from the second on full weight. */
const sick = 0.25;
const sound = 0.5;
/** How much higher terms are held down, which keeps bridges over gaps tame. */
const stiffness = 0.0015;

interface Basis {
  /** Legendre polynomials on the points, point by point. */
  readonly values: Float64Array;
  /** The normal matrix when every point has full weight, lower triangle. */
  readonly normal: Float64Array;
}

const bases = new Map<number, Basis>();

function basisOf(length: number): Basis {
  const known = bases.get(length);
  if (known) return known;
  const values = new Float64Array(terms * length);
  const normal = new Float64Array(terms * terms);
  for (let index = 0; index < length; index++) {
    const x = length > 1 ? (2 * index) / (length - 1) - 1 : 0;
    let before = 1;
    let term = x;
    values[index * terms] = 1;
    for (let k = 1; k < terms; k++) {
      values[index * terms + k] = term;
      [before, term] = [term, ((2 * k + 1) * x * term - k * before) / (k + 1)];
    }
    addOuter(values, index * terms, 1, normal);
  }
  const basis = { values, normal };
  bases.set(length, basis);
  return basis;
}

/** Adds `weight` times the outer product of a point's terms with itself, lower triangle. */
function addOuter(values: Float64Array, at: number, weight: number, into: Float64Array): void {
  for (let row = 0; row < terms; row++) {
    const own = weight * values[at + row]!;
    for (let column = 0; column <= row; column++) into[row * terms + column]! += own * values[at + column]!;
  }
}

export interface Profile {
  /** What the columns would hold were none of them sick. */
  readonly expected: Float64Array;
  /** How much each column counted in the last fit, 0..1. */
  readonly weights: Float64Array;
  /** Cholesky factor of the last fit's normal matrix, lower triangle. */
  readonly factor: Float64Array;
  /** Limits that the fit was held within. */
  lowest: number;
  highest: number;
}

const right = new Float64Array(terms);

/**
 * A low polynomial through the healthy columns of a superlayer, found by taking weight from columns far below it and
 * fitting again. Sees what all four layers lack, for which siblings are blind.
 *
 * @param columns hits per column.
 */
export function fitProfile(columns: Float64Array): Profile {
  const length = columns.length;
  const basis = basisOf(length);
  const typical = quantile(columns, length, 0.7);
  const profile: Profile = {
    expected: zeros(length).fill(0.6 * typical),
    weights: zeros(length),
    factor: zeros(terms * terms),
    lowest: 0.2 * typical,
    highest: 2.5 * typical,
  };
  for (let round = 0; round < rounds; round++) {
    if (!weigh(columns, profile)) break;
    accumulate(columns, basis, profile);
    factorise(profile.factor);
    solve(profile.factor, right);
    evaluate(basis.values, profile);
  }
  return profile;
}

/** The same fit of other columns: weights and limits are those of `fitted`, so that the outcome is linear in the columns. */
export function refitProfile(columns: Float64Array, fitted: Profile): Profile {
  const basis = basisOf(columns.length);
  const profile: Profile = { ...fitted, expected: zeros(columns.length) };
  project(columns, basis, profile);
  solve(profile.factor, right);
  evaluate(basis.values, profile);
  return profile;
}

/** Returns whether any weight changed. */
function weigh(columns: Float64Array, { expected, weights }: Profile): boolean {
  let changed = false;
  for (let index = 0; index < columns.length; index++) {
    const wanted = expected[index]! + 1e-9;
    let weight = 1;
    if (columns[index]! < sound * wanted) {
      const raw = (columns[index]! / wanted - sick) / (sound - sick);
      weight = raw < 1e-6 ? 1e-6 : raw;
    }
    if (weight !== weights[index]) {
      weights[index] = weight;
      changed = true;
    }
  }
  return changed;
}

/** Most columns have full weight, so the matrix starts from theirs and loses what the others lack. */
function accumulate(columns: Float64Array, basis: Basis, profile: Profile): void {
  const { weights, factor } = profile;
  factor.set(basis.normal);
  let total = 0;
  for (let index = 0; index < columns.length; index++) {
    const weight = weights[index]!;
    total += weight;
    if (weight < 1) addOuter(basis.values, index * terms, weight - 1, factor);
  }
  for (let row = 0; row < terms; row++) {
    factor[row * terms + row]! += (total + 1e-3) * (stiffness * row * row + 1e-9);
  }
  project(columns, basis, profile);
}

/** The right-hand side: weighted columns by the terms of the polynomial. */
function project(columns: Float64Array, { values }: Basis, { weights }: Profile): void {
  // Written out, term by term: loops over five terms take three times as long.
  let r0 = 0;
  let r1 = 0;
  let r2 = 0;
  let r3 = 0;
  let r4 = 0;
  for (let index = 0; index < columns.length; index++) {
    const at = index * terms;
    const weighted = weights[index]! * columns[index]!;
    r0 += weighted * values[at]!;
    r1 += weighted * values[at + 1]!;
    r2 += weighted * values[at + 2]!;
    r3 += weighted * values[at + 3]!;
    r4 += weighted * values[at + 4]!;
  }
  right[0] = r0;
  right[1] = r1;
  right[2] = r2;
  right[3] = r3;
  right[4] = r4;
}

/** Cholesky's factorisation in place. */
function factorise(m: Float64Array): void {
  for (let row = 0; row < terms; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = m[row * terms + column]!;
      for (let k = 0; k < column; k++) sum -= m[row * terms + k]! * m[column * terms + k]!;
      m[row * terms + column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-12)) : sum / m[column * terms + column]!;
    }
  }
}

/** Solves for the right-hand side in place. */
function solve(m: Float64Array, vector: Float64Array): void {
  for (let row = 0; row < terms; row++) {
    let sum = vector[row]!;
    for (let k = 0; k < row; k++) sum -= m[row * terms + k]! * vector[k]!;
    vector[row] = sum / m[row * terms + row]!;
  }
  for (let row = terms - 1; row >= 0; row--) {
    let sum = vector[row]!;
    for (let k = row + 1; k < terms; k++) sum -= m[k * terms + row]! * vector[k]!;
    vector[row] = sum / m[row * terms + row]!;
  }
}

function evaluate(values: Float64Array, { expected, lowest, highest }: Profile): void {
  const length = expected.length;
  const r0 = right[0]!;
  const r1 = right[1]!;
  const r2 = right[2]!;
  const r3 = right[3]!;
  const r4 = right[4]!;
  for (let index = 0; index < length; index++) {
    const at = index * terms;
    const value =
      r0 * values[at]! +
      r1 * values[at + 1]! +
      r2 * values[at + 2]! +
      r3 * values[at + 3]! +
      r4 * values[at + 4]!;
    expected[index] = value < lowest ? lowest : value > highest ? highest : value;
  }
}
