import { layersOfSuperlayer, layersPerSuperlayer, superlayersOf } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { atWires, type Grid } from '../prepare/grid.ts';
import { dispersionOf } from './dispersion.ts';
import { meanOfWires, superlayerRatio } from './levels.ts';
import { quantile } from './quantile.ts';
import { byColumn, fourLayersOf, type FourLayers } from './siblings.ts';

/** Neighbouring columns in which layers of a superlayer count more than healthy ones can: a noisy board, or several. */
export interface NoisyColumns {
  /** The layers that do, 0..11: two to four of a superlayer. */
  readonly rows: readonly number[];
  /** Columns of its grid, from 0, both included. */
  readonly first: number;
  readonly last: number;
  /** Hits over what is usual there, and by how many standard deviations more. */
  readonly ratio: number;
  readonly deviations: number;
}

export interface Noise {
  readonly columns: readonly NoisyColumns[];
  /** Most hits that wires of layers 1..12 at index 0..11 are taken to have; null where a layer has no such column. */
  readonly limits: LayerWires;
}

/**
 * Times what is usual that a layer counts in a noisy stretch of columns, and a few hits a wire; and that all four count in each of them. Single columns of recorded healthy chambers reach 2.05 times;
 * in short runs simulated ones more, since layers count the same muons, in lumps.
 */
const noisyFrom = 2.1;
const noisyHits = 6;
const noisyColumnFrom = 1.5;
const noisyDeviations = 12;
/** Where a stretch ends within the layer, its last columns are this many times those beside it. Theta layers of MB1 rise threefold to the edge, by no such step. */
const leastStep = 1.6;
const columnsOfStep = 2;
/** One alone is told by its siblings. */
const leastLayers = 2;
/** What six in ten columns have is usual, or two in ten, where the other superlayers say that this is too much. */
const [mostColumns, fewColumns] = [0.6, 0.2];
/** Share of the highest other superlayer's level that columns beside a noisy stretch count at least. */
const leastOfOthers = 0.7;

/**
 * Where two or more layers of a superlayer are noisy in the same columns. Among themselves these agree, so that all others look weak beside them;
 * columns around and the other superlayers tell.
 */
export function noiseOf({ chamber: { station, wheel }, layers, grids }: ChamberWires): Noise {
  const columns: NoisyColumns[] = [];
  const limits: (Float64Array | null)[] = layers.map(() => null);
  for (const superlayer of superlayersOf(station)) {
    const index = superlayer - 1;
    const grid = grids[index] ?? null;
    const four = fourLayersOf(layers, grid, index);
    if (!grid || !four) continue;
    const aligned = byColumn(four, grid);
    addLayers(aligned, grid.width, together);
    // Nearly all superlayers end here.
    if (greatest(together, grid.width) < noisyFrom * quantile(together, grid.width, fewColumns)) continue;
    const others = superlayersOf(station).map((other) =>
      other === superlayer ? 0 : secondMean(layers, other) / superlayerRatio(station, wheel, other),
    );
    const level = layersPerSuperlayer * Math.max(...others) * superlayerRatio(station, wheel, superlayer);
    if (level <= 0) continue;
    for (const noisy of noisyIn(aligned, grid, level)) {
      const { owns, usual, ...stretch } = noisy;
      columns.push({ ...stretch, rows: owns.map((own) => layersPerSuperlayer * index + own) });
      for (const own of owns) {
        const row = layersPerSuperlayer * index + own;
        if (!layers[row]) continue;
        const most = (limits[row] ??= new Float64Array(layers[row].length).fill(Infinity));
        grid.columns[own]!.forEach((column, wire) => {
          if (column >= stretch.first && column <= stretch.last) most[wire] = usual[own]!;
        });
      }
    }
  }
  return { columns, limits };
}

/** The same layers with noisy columns held to what is usual there. */
export function withoutNoise(layers: LayerWires, { columns, limits }: Noise): LayerWires {
  if (columns.length === 0) return layers;
  return layers.map((layer, row) => {
    const most = limits[row];
    return layer && most ? layer.map((hits, wire) => Math.min(hits, most[wire]!)) : layer;
  });
}

interface NoisyStretch extends Omit<NoisyColumns, 'rows'> {
  /** Layers 0..3 that are noisy there, and what each of the four usually counts in a column. */
  readonly owns: readonly number[];
  readonly usual: readonly number[];
}

/** @param level hits of a column of all four layers as the other superlayers let expect. */
function noisyIn(aligned: FourLayers, grid: Grid, level: number): NoisyStretch[] {
  const { width } = grid;
  addLayers(aligned, width, together);
  const least = leastOfOthers * level;
  const [few, most] = [fewColumns, mostColumns].map((share) => quantile(together, width, share));
  const usual = most! > noisyColumnFrom * Math.max(few!, level) ? few! : most!;
  const found: NoisyStretch[] = [];
  for (let first = 0; first < width; first++) {
    if (together[first]! <= noisyColumnFrom * usual) continue;
    let last = first;
    while (last + 1 < width && together[last + 1]! > noisyColumnFrom * usual) last++;
    const stretch = { first, last };
    first = last;
    // Beside dead columns healthy ones are no noise.
    if (!endsInSteps(together, width, stretch) || medianBeside(together, width, stretch) <= least) continue;
    const columns = stretch.last - stretch.first + 1;
    const beside = aligned.map((layer) =>
      Math.max(medianBeside(layer, width, stretch), least / layersPerSuperlayer),
    );
    const counted = aligned.map((layer) => sum(layer.subarray(stretch.first, stretch.last + 1)));
    const usualOf = (own: number) => columns * beside[own]!;
    const owns = [0, 1, 2, 3].filter(
      (own) => counted[own]! > Math.max(noisyFrom * usualOf(own), usualOf(own) + noisyHits * columns),
    );
    if (owns.length < leastLayers) continue;
    const [hits, expected] = [sum(owns.map((own) => counted[own]!)), sum(owns.map(usualOf))];
    const deviations = (hits - expected) / Math.sqrt(scatterOf(together, width) * expected + 1);
    if (deviations < noisyDeviations) continue;
    found.push({ ...stretch, owns, usual: beside, ratio: hits / Math.max(expected, 1), deviations });
  }
  return found;
}

function greatest(values: Float64Array, count: number): number {
  let most = 0;
  for (let index = 0; index < count; index++) if (values[index]! > most) most = values[index]!;
  return most;
}

/** Hits per wire of the layer of a superlayer that is second: one that is hot is no measure. */
function secondMean(layers: LayerWires, superlayer: Parameters<typeof layersOfSuperlayer>[0]): number {
  const means = layersOfSuperlayer(superlayer).map((layer) => {
    const hits = layers[layer - 1];
    return hits ? meanOfWires(hits) : 0;
  });
  return means.sort((a, b) => b - a)[1]!;
}

interface Columns {
  readonly first: number;
  readonly last: number;
}

function medianBeside(layer: Float64Array, width: number, { first, last }: Columns): number {
  const beside = [
    ...layer.subarray(Math.max(0, first - around), first),
    ...layer.subarray(last + 1, Math.min(width, last + 1 + around)),
  ];
  return quantile(beside, beside.length, 0.5);
}

function endsInSteps(values: Float64Array, width: number, { first, last }: Columns): boolean {
  const isStep = (inside: number, outside: number) =>
    sum(values.subarray(inside, inside + columnsOfStep)) >
    leastStep * sum(values.subarray(outside, outside + columnsOfStep));
  const begins = first < columnsOfStep || isStep(first, first - columnsOfStep);
  const ends = last >= width - columnsOfStep || isStep(last - columnsOfStep + 1, last + 1);
  return begins && ends;
}

/** Variance over mean of columns, by what neighbours differ by, which no shape adds to. */
function scatterOf(values: Float64Array, width: number): number {
  for (let column = 0; column + 1 < width; column++) {
    const [left, right] = [values[column]!, values[column + 1]!];
    steps[column] = (right - left) ** 2 / Math.max(left + right, 1);
  }
  return dispersionOf(steps, width - 1, 1);
}

const steps = new Float64Array(512);

/** A wire counted too much in the past when its siblings had this much less, and by so many deviations. */
const excess = { share: 1.5, hits: 4, deviations: 4 };
/** Least of its layer's median that a wire is held to, where its siblings have nothing to say. */
const leastOfLayer = 0.7;
/** Columns to either side of one whose median tells what all four layers together usually have there, though 16 of them are noisy. */
const around = 20;
/** Deviations by which a column must lack in this run what it counted too much before. */
const surelyGone = 2;
/** Below this share of the superlayer's median no column is looked at more closely. */
const nothingMuch = 1.3;

/**
 * Hits of runs before, those that siblings, or the columns around where all four layers have them, did not have taken off: a noisy wire that has healed
 * would look weak beside what it counted. Of 150 recorded layers each, whose wire had counted ten times as much in three runs before, 32 % were called bad; 2 % are with this.
 */
export function withoutExcess(
  counted: LayerWires,
  now: LayerWires,
  grids: ChamberWires['grids'],
): LayerWires {
  const calm = [...counted];
  for (let index = 0; index < grids.length; index++) {
    const grid = grids[index] ?? null;
    const four = fourLayersOf(counted, grid, index);
    if (!grid || !four) continue;
    const aligned = byColumn(four, grid);
    const held = [0, 1, 2, 3].map((own) => heldToSiblings(aligned, own, grid));
    const shares = sharesKept(held, fourLayersOf(now, grid, index)!, grid);
    for (let own = 0; own < 4; own++) {
      const row = 4 * index + own;
      if (!counted[row] || (held[own] === aligned[own] && !shares)) continue;
      const kept = shares ? held[own]!.map((hits, column) => hits * shares[column]!) : held[own]!;
      calm[row] = atWires(kept, grid, own);
    }
  }
  return calm;
}

/** One of the runs before, with as much taken off each of its wires as of what they counted together. */
export function asKept(run: LayerWires, counted: LayerWires, calm: LayerWires): LayerWires {
  return run.map((layer, row) => {
    const [all, kept] = [counted[row], calm[row]];
    if (!layer || !all || !kept || all === kept) return layer;
    return layer.map((hits, wire) => (all[wire]! > 0 ? (hits * kept[wire]!) / all[wire]! : hits));
  });
}

/** A layer by column, each wire held to its siblings; the same array where there is nothing to hold. */
function heldToSiblings(aligned: FourLayers, own: number, { width }: Grid): Float64Array {
  const [a, b, c] = [aligned[(own + 1) & 3]!, aligned[(own + 2) & 3]!, aligned[(own + 3) & 3]!];
  const hits = aligned[own]!;
  const least = leastOfLayer * quantile(hits, width, 0.5);
  let held: Float64Array | undefined;
  for (let column = 0; column < width; column++) {
    const [x, y, z] = [a[column]!, b[column]!, c[column]!];
    const usual = Math.max(least, Math.min(x, y), Math.min(Math.max(x, y), z));
    if (isExcess(hits[column]!, usual)) (held ??= Float64Array.from(hits))[column] = usual;
  }
  return held ?? hits;
}

/**
 * Of each column the share of its hits that columns around have, too: a noisy board is so in all four layers. What counts more there in this run as well is how
 * the chamber is. Undefined where nothing is to be taken off.
 */
function sharesKept(held: readonly Float64Array[], now: FourLayers, grid: Grid): Float64Array | undefined {
  const { width } = grid;
  addLayers(held, width, together);
  const middle = quantile(together, width, 0.5);
  let shares: Float64Array | undefined;
  let scale: number | undefined;
  for (let column = 0; column < width; column++) {
    const hits = together[column]!;
    if (hits <= nothingMuch * middle) continue;
    const first = Math.max(0, Math.min(column - around, width - 2 * around - 1));
    const end = Math.min(width, first + 2 * around + 1);
    const usual = quantile(together.subarray(first, end), end - first, 0.5);
    if (!isExcess(hits, usual)) continue;
    if (scale === undefined) {
      addLayers(byColumn(now, grid), width, inThisRun);
      scale = quantile(inThisRun, width, 0.5) / middle;
    }
    if (!isGone(inThisRun[column]!, scale * usual, scale * hits)) continue;
    (shares ??= new Float64Array(width).fill(1))[column] = usual / hits;
  }
  return shares;
}

/** Whether a column counts what is usual rather than what it counted before, as far as a short run can tell. */
function isGone(hits: number, usual: number, before: number): boolean {
  return hits < Math.sqrt(usual * before) && before - hits > surelyGone * Math.sqrt(2 * before + 1);
}

const together = new Float64Array(512);
const inThisRun = new Float64Array(512);

function addLayers([a, b, c, d]: readonly Float64Array[], width: number, into: Float64Array): void {
  for (let column = 0; column < width; column++) {
    into[column] = a![column]! + b![column]! + c![column]! + d![column]!;
  }
}

/** Whether hits of a wire, or of a column of all four layers, are more than what is usual there by more than counting and healthy wires explain. */
function isExcess(hits: number, usual: number): boolean {
  const { share, hits: few, deviations } = excess;
  // Twice as much scatter as counting gives: what is usual is counted, too, and of layers together the muons are what is counted.
  return hits > Math.max(share * usual + few, usual + deviations * Math.sqrt(2 * usual + 1));
}
