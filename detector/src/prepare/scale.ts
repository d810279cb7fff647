/** Index of the greatest value, the first of equals. */
export function indexOfMaximum(values: Float64Array): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index]! > values[best]!) best = index;
  }
  return best;
}

/** Divides by the greatest value, so that a layer's shape is seen at any rate; a layer without hits stays as it is. */
export function scaleToMaximum(values: Float64Array): Float64Array {
  const maximum = values[indexOfMaximum(values)] ?? 0;
  return maximum > 0 ? values.map((value) => value / maximum) : values;
}

/**
 * The transposed Jacobian of {@link scaleToMaximum} at `values`, applied to `gradient`. The greatest cell gets, besides its
 * share, what it does to all others: that is how one noisy cell flattens a layer.
 */
export function scaleTransposed(values: Float64Array, gradient: ArrayLike<number>): Float64Array {
  const top = indexOfMaximum(values);
  const maximum = values[top] ?? 0;
  if (maximum <= 0) return Float64Array.from(gradient);
  const result = new Float64Array(values.length);
  let onMaximum = 0;
  for (let index = 0; index < values.length; index++) {
    result[index] = gradient[index]! / maximum;
    onMaximum += (gradient[index]! * values[index]!) / (maximum * maximum);
  }
  result[top]! -= onMaximum;
  return result;
}
