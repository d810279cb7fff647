/** For each output cell the two input cells that it mixes and the weight of the second; -1 is outside, where hits are 0. */
interface ResizePlan {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly weight: Float64Array;
}

const plans = new Map<string, ResizePlan>();

function planFor(from: number, to: number): ResizePlan {
  const key = `${from}>${to}`;
  const known = plans.get(key);
  if (known) return known;
  const plan: ResizePlan = {
    left: new Int32Array(to),
    right: new Int32Array(to),
    weight: new Float64Array(to),
  };
  const inside = (cell: number) => (cell >= 0 && cell < from ? cell : -1);
  for (let cell = 0; cell < to; cell++) {
    const position = ((cell + 0.5) * from) / to - 0.5;
    const floor = Math.floor(position);
    plan.left[cell] = inside(floor);
    plan.right[cell] = inside(floor + 1);
    plan.weight[cell] = position - floor;
  }
  plans.set(key, plan);
  return plan;
}

/**
 * Linear resize with half-pixel centres and zeros outside, without antialiasing: scikit-image's `resize` of order 1 and
 * mode 'constant', which the original network was used with.
 *
 * @returns `length` values; the same values when the length does not change.
 */
export function resize(values: Float64Array, length: number): Float64Array {
  const { left, right, weight } = planFor(values.length, length);
  const resized = new Float64Array(length);
  for (let cell = 0; cell < length; cell++) {
    const share = weight[cell]!;
    resized[cell] = (1 - share) * (values[left[cell]!] ?? 0) + share * (values[right[cell]!] ?? 0);
  }
  return resized;
}

/** The transpose of {@link resize}: adds to `into` (one value per wire) what each resized cell's gradient gives its wires. */
export function resizeTransposed(gradient: ArrayLike<number>, into: Float64Array): void {
  const { left, right, weight } = planFor(into.length, gradient.length);
  for (let cell = 0; cell < gradient.length; cell++) {
    const share = weight[cell]!;
    const value = gradient[cell]!;
    if (left[cell]! >= 0) into[left[cell]!]! += (1 - share) * value;
    if (right[cell]! >= 0) into[right[cell]!]! += share * value;
  }
}
