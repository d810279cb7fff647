import {
  type ChamberId,
  type Matrix,
  formatChamber,
  isSameChamber,
  layersOf,
  matrixSchema,
  mb4Wires,
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

const chamberInName =
  /W(?:heel)?[\s_:=]*([+-]?\d)[\s_,]*St(?:ation)?[\s_:=]*(\d)[\s_,]*Sec(?:tor)?[\s_:=]*(\d{1,2})(?!\d)/i;
const runInName = /(?:^|[^a-z])run[\s_:=#]*0*(\d{4,})(?!\d)/i;

/**
 * A reply that names its chamber or its run must be of those that were asked for. Names without them say nothing.
 *
 * @param names as the server gives them, e.g. `OccupancyAllHits_perCh_W-1_St1_Sec2`.
 * @throws {DqmError} other-chamber, also for another run.
 */
export function refuseOtherSubject(names: readonly unknown[], subject: Subject): void {
  for (const name of names) {
    if (typeof name !== 'string') continue;
    const { chamber, run } = subject;
    const [named, wheel, station, sector] = chamberInName.exec(name) ?? [];
    if (named !== undefined && chamber !== undefined) {
      const id = { wheel: Number(wheel), station: Number(station), sector: Number(sector) } as ChamberId;
      if (!isSameChamber(chamber, id)) throw other(named, formatChamber(chamber), subject);
    }
    const [, ofRun] = runInName.exec(name) ?? [];
    if (ofRun !== undefined && run !== undefined && Number(ofRun) !== run)
      throw other(`run ${ofRun}`, `run ${run}`, subject);
  }
}

function other(named: string, asked: string, subject: Subject): DqmError {
  return new DqmError('other-chamber', `the reply is of ${named}, asked for ${asked}`, subject);
}

/** The wires' axis as the server describes it; undefined, or no number, where it does not. */
export interface Axis {
  /** Lower edge of the first column. */
  from: unknown;
  /** Upper edge of the last column. */
  to: unknown;
  columns: unknown;
}

/**
 * A column is one wire, and the first one is wire 1. An axis in halves of wires would show every second one dead, and so on.
 *
 * Source: CMSSW's DTDigiTask books so many columns from 1 to one more than the wires.
 *
 * @throws {DqmError} wrong-shape.
 */
export function refuseOtherAxis({ from, to, columns }: Axis, subject: Subject): void {
  if (typeof from !== 'number' || typeof to !== 'number' || typeof columns !== 'number') return;
  const wiresPerColumn = (to - from) / columns;
  if (Math.abs(wiresPerColumn - 1) > 1e-3) {
    throw wrong(`a column must be one wire, is ${Number(wiresPerColumn.toPrecision(3))} wires`, subject);
  }
  if (!(from > 0 && from <= 1)) throw wrong(`the columns must begin at wire 1, begin at ${from}`, subject);
}

/** What ROOT keeps of the weights that a histogram was filled with; all of it may be missing. */
export interface Weights {
  /** Sums of their squares, cell by cell, where it was ever scaled or filled with weights. */
  squares: readonly unknown[] | undefined;
  /** Sum of them and of their squares over all fills since a cell was last set by hand, which makes both 0. */
  sum: unknown;
  sumOfSquares: unknown;
}

/**
 * Where each hit was counted as one, sums of squares are sums. A factor that all contents were multiplied by later stands squared in one and not in
 * the other.
 *
 * @throws {DqmError} wrong-shape: contents times a number are no hits, also where all are whole.
 */
export function refuseScaled(cells: readonly unknown[], weights: Weights, subject: Subject): void {
  const scaledBy = (factor: number) =>
    wrong(`contents must be numbers of hits, are scaled by about ${Number(factor.toPrecision(3))}`, subject);
  const { squares, sum, sumOfSquares } = weights;
  if (squares?.length === cells.length) {
    const [hits, squared] = [cells, squares].map(positive) as [number, number];
    if (squared > 0 && hits > 0 && Math.abs(squared / hits - 1) > rounded) throw scaledBy(squared / hits);
  }
  if (typeof sum !== 'number' || typeof sumOfSquares !== 'number' || !(sum > 0)) return;
  // Merging takes -1, where there is no wire, for a weight of -1.
  const withoutWire = cells.filter((cell) => typeof cell === 'number' && cell < 0).length;
  const excess = sumOfSquares - sum;
  if (excess > 2 * withoutWire + rounded * sum || excess < -rounded * sum) throw scaledBy(sumOfSquares / sum);
}

/** Sums of single-precision numbers agree to so much. */
const rounded = 1e-3;

const positive = (cells: readonly unknown[]) =>
  cells.reduce<number>((total, cell) => (typeof cell === 'number' && cell > 0 ? total + cell : total), 0);

/** From a million on, the classic server gives six digits, and all are multiples of ten. */
const inFull = 1e6;
const fewestWires = 100;
const fewestNumbers = 8;

/**
 * Numbers of hits have no common factor: of 100 wires with different ones that happens once in 2 to the power of 100, for a factor of 2. Contents that were multiplied
 * by a number and are whole have one, whatever else is kept of them. Test pulses may well hit all wires as often: few different numbers say nothing.
 *
 * @throws {DqmError} wrong-shape.
 */
export function refuseMultiples(matrix: Matrix, subject: Subject): void {
  const counted = matrix.flat().filter((hits) => hits > 0 && hits < inFull);
  if (counted.length < fewestWires) return;
  let factor = 0;
  for (const hits of counted) {
    factor = commonFactor(factor, hits);
    if (factor === 1) return;
  }
  if (new Set(counted).size < fewestNumbers) return;
  throw wrong(`contents must be numbers of hits, are all multiples of ${factor}: they were scaled`, subject);
}

function commonFactor(a: number, b: number): number {
  return a === 0 ? b : commonFactor(b % a, a);
}

function hitsOf(cell: unknown, y: number, x: number, subject: Subject): number {
  const whole = typeof cell === 'number' ? Math.round(cell) : NaN;
  if (typeof cell !== 'number' || !(Math.abs(cell - whole) <= rounding * Math.abs(cell))) {
    const reason = `layer ${y + 1} wire ${x + 1}: must be a number of hits, is ${inWords(cell)}`;
    throw new DqmError('wrong-shape', reason, subject, { mayPass: isNoNumber(cell) });
  }
  if (whole > mostHits) throw wrong(`layer ${y + 1} wire ${x + 1}: ${whole} hits are too many`, subject);
  // -0 would be another number to whoever compares.
  return whole + 0;
}

/** What a server writes for a cell that it could not read just now; a fraction would be one the next time too. */
const isNoNumber = (cell: unknown) =>
  cell === null ||
  // ROOT writes 2e308 for what is infinite.
  (typeof cell === 'number' && !Number.isFinite(cell)) ||
  (typeof cell === 'string' && /^[+-]?(nan|inf)/i.test(cell));

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

/** Wires of a phi layer in real histograms, fewest and most. */
const phiWiresSeen = { 1: [48, 49], 2: [59, 60], 3: [71, 72] } as const;
/** Of a theta layer, with and without a chimney. */
const thetaWiresSeen = [47, 57] as const;

function wiresSeen({ station, sector }: ChamberId, layer: number): readonly [number, number] {
  if (superlayerKind(superlayerOfLayer(layer)) === 'theta') return thetaWiresSeen;
  if (station !== 4) return phiWiresSeen[station];
  const wires = mb4Wires[sector]!;
  return [wires - 1, wires];
}

/**
 * Widths are read from the histogram and vary with its padding and the state of the detector; what has fewer than half or more than one and a half
 * times of all that was seen is no layer of that chamber: so twice as many columns as there are wires are refused, whose right half would be
 * taken for wires without hits. A layer without any wire is one that is not connected.
 */
function refuseImpossibleWidth(matrix: Matrix, subject: Subject): void {
  if (!subject.chamber) return;
  const { station, sector } = subject.chamber;
  for (const layer of layersOf(station)) {
    const wires = matrix[layer - 1]!.filter((hits) => hits !== noWire).length;
    const [fewest, most] = wiresSeen(subject.chamber, layer);
    const [least, greatest] = [Math.ceil(fewest / 2), Math.floor(most * 1.5)];
    if (wires === 0 || (wires >= least && wires <= greatest)) continue;
    const where = station === 4 ? `station 4 sector ${sector}` : `station ${station}`;
    throw wrong(`layer ${layer} must have ${least} to ${greatest} wires in ${where}, has ${wires}`, subject);
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
