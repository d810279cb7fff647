import { type Random, drawIndex } from '@dtdqm/contract/random';

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
 * Logistic regression by Newton steps, each halved until the loss falls: whole steps run away where classes part cleanly.
 * Fits in about a millisecond for hundreds of examples, which is what lets a committee of them be trained again whenever
 * labels come.
 */
export function fitLogistic(examples: readonly Example[], { ridge = 1, steps = 25 }: FitOptions = {}): Head {
  const width = (examples[0]?.features.length ?? 0) + 1;
  const rows = examples.map(({ features }) => [...features, 1]);
  const targets = examples.map(({ bad }) => (bad ? 1 : 0));
  const lossOf = (weights: readonly number[]) => {
    let loss = 0;
    for (let index = 0; index < width - 1; index += 1) loss += (ridge / 2) * (weights[index] as number) ** 2;
    rows.forEach((row, index) => {
      const logit = dot(row, weights);
      loss += softplus(targets[index] === 1 ? -logit : logit);
    });
    return loss;
  };
  let weights = Array.from({ length: width }, () => 0);
  let loss = lossOf(weights);
  for (let step = 0; step < steps; step += 1) {
    const move = newtonStep(rows, targets, weights, ridge);
    let better: { weights: number[]; loss: number } | undefined;
    for (let share = 1; share > 1e-4 && better === undefined; share /= 2) {
      const tried = weights.map((weight, index) => weight - share * (move[index] as number));
      const triedLoss = lossOf(tried);
      if (triedLoss < loss) better = { weights: tried, loss: triedLoss };
    }
    if (better === undefined) break;
    const gain = loss - better.loss;
    ({ weights, loss } = better);
    if (gain < 1e-6 * (1 + loss)) break;
  }
  return (features) => sigmoid(dot([...features, 1], weights));
}

/** Inverse Hessian times gradient of the penalised loss; the constant, last, is not penalised. */
function newtonStep(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  weights: readonly number[],
  ridge: number,
): number[] {
  const constant = weights.length - 1;
  const gradient = weights.map((weight, index) => (index === constant ? 0 : ridge * weight));
  const hessian = weights.map((_, i) =>
    weights.map((__, j) => (i === j ? (i === constant ? 1e-6 : ridge) : 0)),
  );
  rows.forEach((row, index) => {
    const p = sigmoid(dot(row, weights));
    const error = p - (targets[index] as number);
    const curvature = Math.max(1e-6, p * (1 - p));
    row.forEach((value, i) => {
      gradient[i] = (gradient[i] as number) + error * value;
      const line = hessian[i] as number[];
      for (let j = 0; j < line.length; j += 1) {
        line[j] = (line[j] as number) + curvature * value * (row[j] as number);
      }
    });
  });
  return solve(hessian, gradient);
}

/** log(1 + exp(value)) without overflow. */
const softplus = (value: number) => Math.max(0, value) + Math.log1p(Math.exp(-Math.abs(value)));
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

/** Heads that each saw another bootstrap sample of the examples; none where one class is missing. */
export function fitCommittee(examples: readonly Example[], random: Random, members = 5): Head[] {
  const bad = examples.filter((example) => example.bad);
  const good = examples.filter((example) => !example.bad);
  if (bad.length < 2 || good.length < 2) return [];
  // Drawn within each class: a sample without bad layers would teach nothing.
  const draw = (from: readonly Example[]) => from.map(() => from[drawIndex(random, from.length)] as Example);
  return Array.from({ length: members }, () => fitLogistic([...draw(bad), ...draw(good)]));
}
