/** More cells than any histogram of ours has, with room; guards against a reply that asks for all our memory. */
const mostCells = 1_000_000;

/**
 * An array as ROOT writes it: plain, or packed as `{"$arr", "len", "p", "v", "n", "p1", "v1", "n1", ...}`, where runs
 * of values `v` (a list, or one value taken `n` times) are laid from position `p` on and all else is 0.
 * Returns undefined when it is neither.
 *
 * Source: ROOT's TBufferJSON, array compaction.
 */
export function rootArray(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null || !('$arr' in value)) return undefined;
  const packed = value as Record<string, unknown>;
  const length = packed['len'];
  if (!isCount(length)) return undefined;
  const cells = Array.from<unknown>({ length }).fill(0);
  let position = 0;
  for (let index = 0; ; index += 1) {
    const suffix = index === 0 ? '' : String(index);
    const values = packed[`v${suffix}`];
    if (values === undefined) return cells;
    const start = packed[`p${suffix}`] ?? position;
    const times = packed[`n${suffix}`] ?? 1;
    if (!isCount(start) || !isCount(times)) return undefined;
    const run = Array.isArray(values) ? (values as unknown[]) : Array.from({ length: times }, () => values);
    // Parts follow on each other; a small reply whose parts overlap could keep us busy for hours.
    if (start < position || start + run.length > length) return undefined;
    run.forEach((cell, offset) => (cells[start + offset] = cell));
    position = start + run.length;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostCells;
}
