import { layersPerSuperlayer, noWire, type Matrix } from '@dtdqm/contract';
import { zeros } from './arrayPool.ts';

/** Columns of the histogram, from 0, in which the wires of one row stand, ascending. */
export type Columns = Int16Array;

/** The same of layers 1..12 at index 0..11; null where there is no layer. */
export type LayerColumns = readonly (Columns | null)[];

export type OfFour<T> = readonly [T, T, T, T];

/**
 * How the wires of the four layers of a superlayer stand to each other: what is compared stands in the same column of the grid. Columns
 * of the histogram in which none of them has a wire are left out, so that it makes no difference where a server pads with -1.
 */
export interface Grid {
  readonly width: number;
  /** Of each layer, the column of the grid in which each of its wires stands. */
  readonly columns: OfFour<Columns>;
  /** Of each layer, its wire in each column of the grid; where it has none, the nearest, the left one of two. */
  readonly nearest: OfFour<Columns>;
  /** By column, which layers have no wire there: bit 0 of the first layer; 0 where all have one. */
  readonly missing: Uint8Array;
}

const found = new Int16Array(1024);

/** Columns of the cells that hold a wire. */
export function columnsOfRow(row: ArrayLike<number>): Columns {
  let wires = 0;
  for (let column = 0; column < row.length; column++) if (row[column] !== noWire) found[wires++] = column;
  return found.slice(0, wires);
}

/**
 * Where the wires truly stand to each other: in their columns, but in left-aligned recordings.
 *
 * Published pictures of the histograms, and chambers recorded from them, have every row begin at the left, whereas the fourth layer of a
 * superlayer begins at wire 2: there it stands one cell too far left. Such a recording is known by rows without gaps that all begin in the
 * same column, while the fourth layer of every superlayer has one wire less than the third. For a comparison its wires are moved right by
 * one; they are named by the columns in which they were recorded all the same.
 */
export function truePlaces(columns: LayerColumns): LayerColumns {
  if (!isLeftAligned(columns)) return columns;
  return columns.map((row, index) => (row && isFourth(index) ? row.map((column) => column + 1) : row));
}

/** A left-aligned recording with every wire in the column of its number, see {@link truePlaces}; any other matrix as it is. */
export function inOwnColumns(matrix: Matrix): Matrix {
  if (!isLeftAligned(matrix.map((row) => (row.some((hits) => hits !== noWire) ? columnsOfRow(row) : null))))
    return matrix;
  return matrix.map((row, index) => (isFourth(index) ? [noWire, ...row.slice(0, -1)] : row));
}

function isFourth(row: number): boolean {
  return row % layersPerSuperlayer === layersPerSuperlayer - 1;
}

function isLeftAligned(columns: LayerColumns): boolean {
  let begin = -1;
  let compared = 0;
  for (let row = 0; row < columns.length; row++) {
    const own = columns[row];
    if (!own) continue;
    if (begin < 0) begin = own[0]!;
    if (own[0] !== begin || !isWithoutGap(own)) return false;
    const third = columns[row - 1];
    if (!isFourth(row) || !third) continue;
    if (third.length - own.length !== 1) return false;
    compared++;
  }
  return compared > 0;
}

function isWithoutGap(columns: Columns): boolean {
  return columns[columns.length - 1]! - columns[0]! === columns.length - 1;
}

/** Grids of superlayers whose layers have no gap, by where these begin and how long they are: few differ, and a run has 680. */
const grids = new Map<string, Grid>();
const mostGrids = 500;

/**
 * The grid of a superlayer (0..2); a layer that is missing is taken to have a wire in every column. Null where more than one is missing:
 * what two say of each other does not tell which of them is sick.
 *
 * @param places as {@link truePlaces} gives them.
 */
export function gridOf(places: LayerColumns, superlayer: number): Grid | null {
  let key = '';
  let present = 0;
  for (let own = 0; own < layersPerSuperlayer; own++) {
    const row = places[layersPerSuperlayer * superlayer + own];
    if (row && !isWithoutGap(row)) return makeGrid(places, superlayer);
    if (row) present++;
    key += row ? `${row[0]!}+${row.length} ` : '- ';
  }
  if (present < layersPerSuperlayer - 1) return null;
  const known = grids.get(key);
  if (known) return known;
  const made = makeGrid(places, superlayer)!;
  // Nobody has so many; but a source that pads every histogram otherwise must not fill the memory.
  if (grids.size >= mostGrids) grids.clear();
  grids.set(key, made);
  return made;
}

function makeGrid(places: LayerColumns, superlayer: number): Grid | null {
  const first = layersPerSuperlayer * superlayer;
  const four = places.slice(first, first + layersPerSuperlayer);
  const present = four.filter((row) => row !== null);
  if (present.length < layersPerSuperlayer - 1) return null;
  const taken = [...new Set(present.flatMap((row) => [...row]))].sort((a, b) => a - b);
  const columnAt = new Map(taken.map((place, column) => [place, column]));
  const all = Int16Array.from(taken, (_, column) => column);
  const columns = four.map((row) => row?.map((place) => columnAt.get(place)!) ?? all);
  const missing = new Uint8Array(taken.length);
  const nearest = columns.map((own, layer) => {
    let wire = 0;
    return all.map((column) => {
      while (wire + 1 < own.length && distance(own, wire + 1, column) < distance(own, wire, column)) wire++;
      if (own[wire] !== column) missing[column]! |= 1 << layer;
      return wire;
    });
  });
  return {
    width: taken.length,
    columns: columns as unknown as OfFour<Columns>,
    nearest: nearest as unknown as OfFour<Columns>,
    missing,
  };
}

function distance(own: Columns, wire: number, column: number): number {
  return Math.abs(own[wire]! - column);
}

/** Values of the wires of one layer (0..3) by column; where it has no wire, the nearest stands in. Not copied where it has all. */
export function onColumns(values: Float64Array, { width, nearest }: Grid, own: number): Float64Array {
  if (values.length === width) return values;
  const wires = nearest[own]!;
  const byColumn = zeros(width);
  for (let column = 0; column < width; column++) byColumn[column] = values[wires[column]!]!;
  return byColumn;
}

/** Values by column at the wires of one layer (0..3). Not copied where it has a wire in every column. */
export function atWires(values: Float64Array, { width, columns }: Grid, own: number): Float64Array {
  const places = columns[own]!;
  if (places.length === width) return values;
  const byWire = zeros(places.length);
  for (let wire = 0; wire < places.length; wire++) byWire[wire] = values[places[wire]!]!;
  return byWire;
}
