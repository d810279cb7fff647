import { type Matrix, layersOf, matrixSchema, noWire } from '@dtdqm/contract';
import { DqmError, type Subject } from './source.ts';
import { inWords } from './reply.ts';

/** Relative rounding of six significant digits; anything further from a whole number is no count. */
const rounding = 1e-5;

/** What a table keeps of a wire. */
const mostHits = 2_147_483_647;

/**
 * Rows of a histogram as a matrix: 12 equally long rows of whole hits, -1 where there is no wire.
 *
 * @throws {DqmError} wrong-shape, naming layer and wire.
 */
export function matrixOf(rows: unknown, subject: Subject): Matrix {
  if (!Array.isArray(rows)) throw wrong('the histogram has no rows', subject);
  const cells = rows.map((row: unknown, y) => {
    if (!Array.isArray(row)) throw wrong(`layer ${y + 1}: not a list of cells`, subject);
    return row.map((cell: unknown, x) => hitsOf(cell, y, x, subject));
  });
  const parsed = matrixSchema.safeParse(cells);
  if (!parsed.success) throw wrong(parsed.error.issues.map(describe).slice(0, 3).join('; '), subject);
  return withoutUnbuiltLayers(parsed.data, subject);
}

function hitsOf(cell: unknown, y: number, x: number, subject: Subject): number {
  const whole = typeof cell === 'number' ? Math.round(cell) : NaN;
  if (typeof cell !== 'number' || !(Math.abs(cell - whole) <= rounding * Math.abs(cell))) {
    throw wrong(`layer ${y + 1} wire ${x + 1}: must be a number of hits, is ${inWords(cell)}`, subject);
  }
  if (whole > mostHits) throw wrong(`layer ${y + 1} wire ${x + 1}: ${whole} hits are too many`, subject);
  // -0 would be another number to whoever compares.
  return whole + 0;
}

/** MB4 has no superlayer 2. Hits there would mean that the rows are not what we take them for. */
function withoutUnbuiltLayers(matrix: Matrix, subject: Subject): Matrix {
  if (!subject.chamber) return matrix;
  const built = layersOf(subject.chamber.station);
  return matrix.map((row, y) => {
    if (built.includes(y + 1)) return row;
    const wire = row.findIndex((hits) => hits > 0);
    if (wire >= 0)
      throw wrong(`layer ${y + 1} wire ${wire + 1}: hits in a layer that was never built`, subject);
    return row.map(() => noWire);
  });
}

function describe({ path, message }: { path: PropertyKey[]; message: string }): string {
  const [y, x] = path;
  const place = [y, x].every((part) => typeof part === 'number')
    ? `layer ${Number(y) + 1} wire ${Number(x) + 1}`
    : typeof y === 'number'
      ? `layer ${y + 1}`
      : 'the histogram';
  return `${place} ${message}`;
}

export function wrong(reason: string, subject: Subject): DqmError {
  return new DqmError('wrong-shape', reason, subject);
}

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
