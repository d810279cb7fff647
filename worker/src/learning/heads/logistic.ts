export interface Example {
  features: readonly number[];
  bad: boolean;
}

/** P(bad) of standardised features. */
export type Head = (features: readonly number[]) => number;

interface FitOptions {
  /** Strength of the pull of all weights but the constant towards 0. */
  ridge?: number;
  /** Newton steps; ten are ample for tens of features. */
  steps?: number;
}

/**
 * Logistic regression by damped Newton steps. Fits in well under a millisecond for hundreds of examples, which is what
 * lets a committee of them be trained again whenever labels come.
 */
export function fitLogistic(examples: readonly Example[], { ridge = 1, steps = 10 }: FitOptions = {}): Head {
  const width = (examples[0]?.features.length ?? 0) + 1;
  const rows = examples.map(({ features }) => [...features, 1]);
  const targets = examples.map(({ bad }) => (bad ? 1 : 0));
  let weights = Array.from({ length: width }, () => 0);
  for (let step = 0; step < steps; step += 1) {
    const gradient = weights.map((weight, index) => (index === width - 1 ? 0 : ridge * weight));
    const hessian = weights.map((_, i) =>
      weights.map((__, j) => (i === j ? (i === width - 1 ? 1e-6 : ridge) : 0)),
    );
    rows.forEach((row, index) => {
      const p = sigmoid(dot(row, weights));
      const error = p - (targets[index] as number);
      const curvature = Math.max(1e-6, p * (1 - p));
      for (let i = 0; i < width; i += 1) {
        const value = row[i] as number;
        gradient[i] = (gradient[i] as number) + error * value;
        const line = hessian[i] as number[];
        for (let j = 0; j < width; j += 1)
          line[j] = (line[j] as number) + curvature * value * (row[j] as number);
      }
    });
    const move = solve(hessian, gradient);
    const longest = Math.max(...move.map(Math.abs));
    const damping = longest > 4 ? 4 / longest : 1;
    weights = weights.map((weight, index) => weight - damping * (move[index] as number));
    if (longest < 1e-6) break;
  }
  return (features) => sigmoid(dot([...features, 1], weights));
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] as number) * (b[index] as number);
  return sum;
}

/** Solves a symmetric positive system by elimination with pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index] as number]);
  const size = rows.length;
  const cell = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) {
      if (Math.abs(cell(row, column)) > Math.abs(cell(pivot, column))) pivot = row;
    }
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    for (let row = column + 1; row < size; row += 1) {
      const factor = cell(row, column) / cell(column, column);
      const line = rows[row] as number[];
      for (let k = column; k <= size; k += 1) line[k] = cell(row, k) - factor * cell(column, k);
    }
  }
  const result = Array.from({ length: size }, () => 0);
  for (let row = size - 1; row >= 0; row -= 1) {
    let sum = cell(row, size);
    for (let column = row + 1; column < size; column += 1)
      sum -= cell(row, column) * (result[column] as number);
    result[row] = sum / cell(row, row);
  }
  return result;
}
