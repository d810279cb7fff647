/** Terms of the polynomial that a healthy superlayer's profile is described by. */
const terms = 5;
/** Columns below this share of the fit are left out as sick and the rest is fitted again. */
const sick = 0.35;
const rounds = 4;

const bases = new Map<number, Float64Array>();

/** Legendre polynomials on `length` points, term by term. */
function basisOf(length: number): Float64Array {
  const known = bases.get(length);
  if (known) return known;
  const basis = new Float64Array(terms * length);
  for (let index = 0; index < length; index++) {
    const x = length > 1 ? (2 * index) / (length - 1) - 1 : 0;
    let before = 1;
    let term = x;
    basis[index] = 1;
    for (let k = 1; k < terms; k++) {
      basis[k * length + index] = term;
      [before, term] = [term, ((2 * k + 1) * x * term - k * before) / (k + 1)];
    }
  }
  bases.set(length, basis);
  return basis;
}

const normalMatrix = new Float64Array(terms * (terms + 1));
const coefficients = new Float64Array(terms);

/**
 * What the columns of a superlayer would hold were none of them sick: a low polynomial through the healthy ones, found by
 * leaving out columns far below it and fitting again. Sees what all four layers lack, for which siblings are blind.
 *
 * @param columns hits per column.
 * @param into the fit; held within the range of the healthy columns, since it has to bridge long gaps.
 */
export function fitProfile(columns: Float64Array, into: Float64Array): void {
  const length = columns.length;
  const basis = basisOf(length);
  const typical = upperQuartile(columns);
  let floor = 0.15 * typical;
  let kept = 0;
  for (let round = 0; round < rounds; round++) {
    normalMatrix.fill(0);
    let lowest = Infinity;
    let highest = 0;
    let keptNow = 0;
    for (let index = 0; index < length; index++) {
      const value = columns[index]!;
      if (value < floor || (round > 0 && value < sick * into[index]!)) continue;
      keptNow += 1;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
      addPoint(basis, length, index, value);
    }
    if (keptNow === kept) break;
    kept = keptNow;
    if (kept < 2 * terms) {
      into.fill(typical);
      return;
    }
    solve(kept);
    evaluate(basis, length, Math.max(lowest, 0.2 * typical), highest, into);
    floor = 0;
  }
}

function addPoint(basis: Float64Array, length: number, index: number, value: number): void {
  for (let row = 0; row < terms; row++) {
    const own = basis[row * length + index]!;
    const at = row * (terms + 1);
    for (let column = 0; column <= row; column++)
      normalMatrix[at + column]! += own * basis[column * length + index]!;
    normalMatrix[at + terms]! += own * value;
  }
}

/** Cholesky's method; higher terms are held down a little, which keeps bridges over gaps tame. */
function solve(points: number): void {
  const width = terms + 1;
  const m = normalMatrix;
  for (let row = 0; row < terms; row++) {
    m[row * width + row]! += points * 0.0015 * row * row;
    for (let column = 0; column <= row; column++) {
      let sum = m[row * width + column]!;
      for (let k = 0; k < column; k++) sum -= m[row * width + k]! * m[column * width + k]!;
      m[row * width + column] =
        row === column ? Math.sqrt(Math.max(sum, 1e-9)) : sum / m[column * width + column]!;
    }
  }
  for (let row = 0; row < terms; row++) {
    let sum = m[row * width + terms]!;
    for (let k = 0; k < row; k++) sum -= m[row * width + k]! * coefficients[k]!;
    coefficients[row] = sum / m[row * width + row]!;
  }
  for (let row = terms - 1; row >= 0; row--) {
    let sum = coefficients[row]!;
    for (let k = row + 1; k < terms; k++) sum -= m[k * width + row]! * coefficients[k]!;
    coefficients[row] = sum / m[row * width + row]!;
  }
}

function evaluate(
  basis: Float64Array,
  length: number,
  lowest: number,
  highest: number,
  into: Float64Array,
): void {
  for (let index = 0; index < length; index++) {
    let value = 0;
    for (let k = 0; k < terms; k++) value += coefficients[k]! * basis[k * length + index]!;
    into[index] = value < lowest ? lowest : value > highest ? highest : value;
  }
}

const sorted = new Float64Array(512);

export function quantile(values: Float64Array, share: number): number {
  const view = sorted.subarray(0, values.length);
  view.set(values);
  view.sort();
  return view[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;
}

function upperQuartile(values: Float64Array): number {
  return quantile(values, 0.7);
}
