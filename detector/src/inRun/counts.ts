import { layersPerSuperlayer, noWire, rowsPerChamber, superlayers, type Matrix } from '@dtdqm/contract';
import { integerAt, packIntegers } from '@dtdqm/contract/integers';

/** Columns of the histogram, from 0, between which the wires of layers 1..12 lie, both included; null where there is no layer. */
export type WiresOfRows = readonly (readonly [first: number, last: number] | null)[];

/**
 * What is kept of the counts of a chamber in some time: first of each layer its left and its right half, by the wires there are, as high
 * voltage is fed; then of each superlayer its columns, four layers together, as front-end boards read them. Half layers are at `halfOf`,
 * columns at `columnOf`.
 */
export type Counts = Float64Array;

export const halves = 2 * rowsPerChamber;

export const halfOf = (row: number, side: 0 | 1) => 2 * row + side;
export const columnOf = (superlayer: number, column: number, width: number) =>
  halves + superlayer * width + column;

/** How the wires of a chamber are counted. */
export interface Layout {
  readonly wires: WiresOfRows;
  /** Columns of the widest layer. */
  readonly width: number;
  /** Places in `Counts` at which there are wires. */
  readonly used: readonly number[];
}

export const noCounts = (width: number): Counts => new Float64Array(halves + superlayers.length * width);

const layouts = new Map<string, Layout>();

/** There are few sorts of chambers: each is looked at once. */
export function layoutOf(wires: WiresOfRows): Layout {
  const key = JSON.stringify(wires);
  const known = layouts.get(key);
  if (known !== undefined) return known;
  const width = Math.max(0, ...wires.map((row) => (row === null ? 0 : row[1] + 1)));
  const used = new Set<number>();
  wires.forEach((row, index) => {
    if (row === null) return;
    used.add(halfOf(index, 0)).add(halfOf(index, 1));
    const superlayer = Math.floor(index / layersPerSuperlayer);
    for (let column = row[0]; column <= row[1]; column++) used.add(columnOf(superlayer, column, width));
  });
  const layout = { wires, width, used: [...used].sort((a, b) => a - b) };
  if (layouts.size > 1000) layouts.clear();
  layouts.set(key, layout);
  return layout;
}

export function wiresOfRows(matrix: Matrix): WiresOfRows {
  return matrix.map((row) => {
    const first = row.findIndex((hits) => hits !== noWire);
    return first < 0 ? null : ([first, row.findLastIndex((hits) => hits !== noWire)] as const);
  });
}

/** Last column of the left half of a layer. */
export function middleOf([first, last]: readonly [number, number]): number {
  return first - 1 + ((last - first + 1) >> 1);
}

export function countsOf(matrix: Matrix, { wires: rows, width }: Layout): Counts {
  const counts = noCounts(width);
  rows.forEach((wires, row) => {
    if (wires === null) return;
    const middle = middleOf(wires);
    const superlayer = Math.floor(row / layersPerSuperlayer);
    for (let column = wires[0]; column <= wires[1]; column++) {
      const hits = Math.max(0, matrix[row]![column]!);
      counts[halfOf(row, column > middle ? 1 : 0)]! += hits;
      counts[columnOf(superlayer, column, width)]! += hits;
    }
  });
  return counts;
}

/** All hits: every one is counted in one half layer. */
export function hitsOf(counts: Counts): number {
  let hits = 0;
  for (let half = 0; half < halves; half++) hits += counts[half]!;
  return hits;
}

export function addTo(sum: Counts, counts: Counts, sign: 1 | -1 = 1): void {
  for (let index = 0; index < sum.length; index++) sum[index]! += sign * counts[index]!;
}

/**
 * Packed integers as base64url: most counts of a look are below 128, and 250 chambers take 1.5 MB. Fractions, of hits that were
 * filled in, are rounded up as often as they are great: a third of a hit a look would be none ever after.
 *
 * @param salt says how, and is another one each time.
 */
export function pack(counts: Counts, used: readonly number[], salt: number): string {
  const whole = used.map((place) => Math.floor(counts[place]! + ditherOf(place, salt)));
  return Buffer.from(packIntegers(whole)).toString('base64url');
}

/** Uniform in 0..1 and the same for the same place and salt. */
function ditherOf(place: number, salt: number): number {
  let mixed = Math.imul(salt ^ (place * 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 0x1_0000_0000;
}

/** @throws {RangeError} when it is not of this layout. */
export function unpack(packed: string, { used, width }: Layout): Counts {
  const bytes = Buffer.from(packed, 'base64url');
  const counts = noCounts(width);
  let at = 0;
  // Eighteen of each chamber are read at every look: nearly all counts take one byte.
  for (const place of used) {
    const byte = bytes[at]!;
    if (byte < 128) {
      counts[place] = byte;
      at += 1;
    } else {
      const { value, next } = integerAt(bytes, at);
      counts[place] = value;
      at = next;
    }
  }
  if (at !== bytes.length) throw new RangeError('packed counts are damaged');
  return counts;
}
