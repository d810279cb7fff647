import {
  type ChamberId,
  type Matrix,
  type Station,
  type SuperlayerKind,
  formatChamber,
  isSameChamber,
  layersOf,
  matrixSchema,
  noWire,
  superlayerKind,
  superlayerOfLayer,
} from '@dtdqm/contract';
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
  const matrix = withoutUnbuiltLayers(parsed.data, subject);
  refuseImpossibleWidth(matrix, subject);
  return matrix;
}

/**
 * A reply that names its chamber must be of the one that was asked for. Names without a chamber say nothing.
 *
 * @param names as the server gives them, e.g. `OccupancyAllHits_perCh_W-1_St1_Sec2`.
 * @throws {DqmError} other-chamber.
 */
export function refuseOtherChamber(names: readonly unknown[], subject: Subject): void {
  const { chamber } = subject;
  if (!chamber) return;
  for (const name of names) {
    if (typeof name !== 'string') continue;
    const [named, wheel, station, sector] = /W([+-]?\d)_St(\d)_Sec(\d{1,2})(?!\d)/.exec(name) ?? [];
    if (named === undefined) continue;
    const isAsked = isSameChamber(chamber, {
      wheel: Number(wheel),
      station: Number(station),
      sector: Number(sector),
    } as ChamberId);
    if (!isAsked) {
      throw new DqmError(
        'other-chamber',
        `the reply is of ${named}, asked for ${formatChamber(chamber)}`,
        subject,
      );
    }
  }
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

/**
 * Wires of a layer in real histograms, fewest and most: of phi layers by station (MB4 by where the chamber hangs), of theta layers
 * without and with a chimney.
 */
const wiresSeen: Readonly<Record<SuperlayerKind, Readonly<Record<Station, readonly [number, number]>>>> = {
  phi: { 1: [48, 49], 2: [59, 60], 3: [71, 72], 4: [47, 96] },
  theta: { 1: [47, 57], 2: [47, 57], 3: [47, 57], 4: [0, 0] },
};

/**
 * Widths are read from the histogram and vary with its padding and the state of the detector; what has fewer than half or more than one and a half
 * times of all that was seen is no layer of that station. A layer without any wire is one that is not connected.
 */
function refuseImpossibleWidth(matrix: Matrix, subject: Subject): void {
  if (!subject.chamber) return;
  const { station } = subject.chamber;
  for (const layer of layersOf(station)) {
    const wires = matrix[layer - 1]!.filter((hits) => hits !== noWire).length;
    const [fewest, most] = wiresSeen[superlayerKind(superlayerOfLayer(layer))][station];
    const [least, greatest] = [Math.ceil(fewest / 2), Math.floor(most * 1.5)];
    if (wires === 0 || (wires >= least && wires <= greatest)) continue;
    throw wrong(
      `layer ${layer} must have ${least} to ${greatest} wires in station ${station}, has ${wires}`,
      subject,
    );
  }
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
