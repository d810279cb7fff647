import {
  layersOfSuperlayer,
  layersPerSuperlayer,
  superlayersOf,
  type ChamberId,
  type Superlayer,
} from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { dispersionOf } from './dispersion.ts';
import { meanOfWires, superlayerRatio, quantile } from './levels.ts';
import { columnsOf } from './profile.ts';
import { byColumn, fourLayersOf, type FourLayers } from './siblings.ts';

/** Neighbouring columns in which layers of a superlayer count more than healthy ones can: a noisy board, or several. */
interface NoisyColumns {
  /** The layers that do, 0..11: two to four of a superlayer. */
  readonly rows: readonly number[];
  /** Columns of its grid, from 0, both included. */
  readonly first: number;
  readonly last: number;
  /** Hits over what is usual there, and by how many standard deviations more. */
  readonly ratio: number;
  readonly deviations: number;
}

/** A superlayer that counts too much as a whole. */
interface HotSuperlayer {
  /** 0..2. */
  readonly index: number;
  /** Hits over what the other superlayers let expect, and by how many standard deviations of what chambers differ by. */
  readonly ratio: number;
  readonly deviations: number;
}

export interface Noise {
  readonly columns: readonly NoisyColumns[];
  readonly hot: readonly HotSuperlayer[];
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
/** Columns to either side of a stretch whose median tells what is usual there. */
const around = 20;
/** What six in ten columns have is usual, or two in ten, where the other superlayers say that this is too much. */
const [mostColumns, fewColumns] = [0.6, 0.2];
/** Share of the highest other superlayer's level that columns beside a noisy stretch count at least. */
const leastOfOthers = 0.7;

/**
 * Where two or more layers of a superlayer are noisy in the same columns. Among themselves these agree, so that all others look weak beside them;
 * columns around and the other superlayers tell.
 */
export function noiseOf(chamber: ChamberWires, thinning = 1): Noise {
  const columns = noisyColumnsOf(chamber);
  return {
    ...columns,
    hot: hotSuperlayersOf(chamber, withoutNoise(chamber.layers, { ...columns, hot: [] }), thinning),
  };
}

function noisyColumnsOf({ chamber, layers, grids }: ChamberWires): Omit<Noise, 'hot'> {
  const { station, wheel } = chamber;
  const columns: NoisyColumns[] = [];
  const limits: (Float64Array | null)[] = layers.map(() => null);
  for (const superlayer of superlayersOf(station)) {
    const index = superlayer - 1;
    const grid = grids[index] ?? null;
    const four = fourLayersOf(layers, grid, index);
    if (!grid || !four) continue;
    const aligned = byColumn(four, grid);
    const together = columnsOf(aligned, grid);
    // Nearly all superlayers end here.
    if (greatest(together) < noisyFrom * quantile(together, grid.width, fewColumns)) continue;
    const others = superlayersOf(station).map((other) =>
      other === superlayer ? 0 : secondLevel(chamber, layers, other),
    );
    const level = layersPerSuperlayer * Math.max(...others) * superlayerRatio(station, wheel, superlayer);
    if (level <= 0) continue;
    for (const noisy of noisyIn(aligned, together, level)) {
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

/** The same layers with noisy columns held to what is usual there, and hot superlayers at the level of the others. */
export function withoutNoise(layers: LayerWires, { columns, hot, limits }: Noise): LayerWires {
  if (columns.length === 0 && hot.length === 0) return layers;
  return layers.map((layer, row) => {
    const most = limits[row];
    const own = hot.find(({ index }) => index === Math.floor(row / layersPerSuperlayer));
    if (!layer || (!most && !own)) return layer;
    return layer.map((hits, wire) => Math.min(hits, most?.[wire] ?? Infinity) / (own?.ratio ?? 1));
  });
}

/** Times the highest other superlayer that one is hot from, where the others differ by less than these times, and count what is expected of the chamber within these. */
const hotFrom = 1.5;
const othersDiffer = 1.4;
const othersAsExpected = 1.5;
/** Deviations, of what chambers stray by, that it is above what is expected; and hits of all its wires from which that is told. */
const hotDeviations = 4;
const leastHits = 400;

/**
 * Superlayers that count too much as a whole, where other chambers or runs before say that the other superlayers count what they should: beside such a one these would look weak. Where nobody says
 * so, it is as likely that they are.
 */
function hotSuperlayersOf(
  { chamber, expected = [] }: ChamberWires,
  layers: LayerWires,
  thinning: number,
): HotSuperlayer[] {
  const known = expected.filter(({ level }) => level > 0);
  if (known.length === 0) return [];
  const levels = superlayersOf(chamber.station).map((superlayer) => ({
    index: superlayer - 1,
    level: secondLevel(chamber, layers, superlayer),
  }));
  return levels.flatMap(({ index, level }) => {
    const others = levels.flatMap((other) => (other.index === index ? [] : [other.level]));
    const [lowest, highest] = [Math.min(...others), Math.max(...others)];
    if (!(level > hotFrom * highest) || highest > othersDiffer * lowest) return [];
    const middle = Math.sqrt(lowest * highest);
    const hits = sumOf(layersOfSuperlayer((index + 1) as Superlayer), (layer) =>
      sum(layers[layer - 1] ?? []),
    );
    const deviations = Math.min(
      ...known.map((expectation) => {
        const wanted = thinning * expectation.level;
        const isAsExpected = Math.abs(Math.log(middle / wanted)) < Math.log(othersAsExpected);
        return isAsExpected ? Math.log(level / wanted) / expectation.spread : 0;
      }),
    );
    return deviations < hotDeviations || hits < leastHits
      ? []
      : [{ index, ratio: level / middle, deviations }];
  });
}

interface NoisyStretch extends Omit<NoisyColumns, 'rows'> {
  /** Layers 0..3 that are noisy there, and what each of the four usually counts in a column. */
  readonly owns: readonly number[];
  readonly usual: readonly number[];
}

/** @param level hits of a column of all four layers as the other superlayers let expect. */
function noisyIn(aligned: FourLayers, together: Float64Array, level: number): NoisyStretch[] {
  const width = together.length;
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
    if (!endsInSteps(together, stretch) || medianBeside(together, stretch) <= least) continue;
    const columns = stretch.last - stretch.first + 1;
    const beside = aligned.map((layer) =>
      Math.max(medianBeside(layer, stretch), least / layersPerSuperlayer),
    );
    const counted = aligned.map((layer) => sum(layer.subarray(stretch.first, stretch.last + 1)));
    const usualOf = (own: number) => columns * beside[own]!;
    const owns = [0, 1, 2, 3].filter(
      (own) => counted[own]! > Math.max(noisyFrom * usualOf(own), usualOf(own) + noisyHits * columns),
    );
    if (owns.length < leastLayers) continue;
    const [hits, expected] = [sum(owns.map((own) => counted[own]!)), sum(owns.map(usualOf))];
    const deviations = (hits - expected) / Math.sqrt(scatterOf(together) * expected + 1);
    if (deviations < noisyDeviations) continue;
    found.push({ ...stretch, owns, usual: beside, ratio: hits / Math.max(expected, 1), deviations });
  }
  return found;
}

function greatest(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** Level of a superlayer, see `superlayerLevels`, by its layer that is second: one that is hot is no measure. */
function secondLevel({ station, wheel }: ChamberId, layers: LayerWires, superlayer: Superlayer): number {
  const means = layersOfSuperlayer(superlayer).map((layer) => {
    const hits = layers[layer - 1];
    return hits ? meanOfWires(hits) : 0;
  });
  return means.sort((a, b) => b - a)[1]! / superlayerRatio(station, wheel, superlayer);
}

interface Columns {
  readonly first: number;
  readonly last: number;
}

function medianBeside(values: Float64Array, { first, last }: Columns): number {
  const beside = [
    ...values.subarray(Math.max(0, first - around), first),
    ...values.subarray(last + 1, last + 1 + around),
  ];
  return quantile(beside, beside.length, 0.5);
}

function endsInSteps(values: Float64Array, { first, last }: Columns): boolean {
  const isStep = (inside: number, outside: number) =>
    sum(values.subarray(inside, inside + columnsOfStep)) >
    leastStep * sum(values.subarray(outside, outside + columnsOfStep));
  const begins = first < columnsOfStep || isStep(first, first - columnsOfStep);
  const ends = last >= values.length - columnsOfStep || isStep(last - columnsOfStep + 1, last + 1);
  return begins && ends;
}

/** Variance over mean of columns, by what neighbours differ by, which no shape adds to. */
function scatterOf(columns: Float64Array): number {
  const steps = columns
    .subarray(1)
    .map((hits, column) => (hits - columns[column]!) ** 2 / Math.max(hits + columns[column]!, 1));
  return dispersionOf(steps, steps.length, 1);
}
