const scratch = new Float64Array(4096);

/** The value below which `share` of the values lie, by Hoare's selection; 0 of none. The values stay as they are. */
export function quantile(values: ArrayLike<number>, count: number, share: number): number {
  if (count === 0) return 0;
  const used = count < scratch.length ? count : scratch.length;
  for (let index = 0; index < used; index++) scratch[index] = values[index]!;
  const wanted = Math.min(used - 1, Math.floor(share * used));
  let low = 0;
  let high = used - 1;
  while (low < high) {
    const pivot = scratch[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (scratch[left]! < pivot) left++;
      while (scratch[right]! > pivot) right--;
      if (left > right) break;
      const swap = scratch[left]!;
      scratch[left] = scratch[right]!;
      scratch[right] = swap;
      left++;
      right--;
    }
    if (wanted <= right) high = right;
    else if (wanted >= left) low = left;
    else break;
  }
  return scratch[wanted]!;
}
