import { layersPerSuperlayer, type Fault } from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import { zeros } from '../prepare/arrayPool.ts';
import type { ChamberView } from '../features/chamberView.ts';
import { onColumns, type Grid } from '../prepare/grid.ts';
import { localGain } from './healthyBaseline.ts';
import { findRegion, type NumberedRegion, type Region } from './regions.ts';

/** A bad layer with what is expected of it, hits per wire. */
export interface BadLayer {
  readonly row: number;
  readonly hits: Float64Array;
  readonly expected: Float64Array;
  /** How far that was lifted, see `expectHealthy`. */
  readonly lift: number;
}

/**
 * Where bad layers lack hits. Each by itself, or those of one superlayer together, when one place describes them nearly as well: what a
 * layer alone is too thin to show, as a weak board, four show together.
 */
export function lackingRegions(view: ChamberView, bad: readonly BadLayer[]): NumberedRegion[] {
  return view.superlayers.flatMap((superlayer, index) => {
    const layers = bad.filter(({ row }) => row >> 2 === index);
    if (!superlayer || layers.length === 0) return [];
    const lowered = layers.map((layer) => ({
      ...layer,
      expected: layer.expected.map((own) => own / layer.lift),
    }));
    const local = layers.some(({ lift }) => lift > 1) && regionsIn(view, superlayer.grid, lowered);
    const { regions } = local && local.gain >= localGain ? local : regionsIn(view, superlayer.grid, layers);
    return regions.map((region) => {
      const columns = view.columns[region.row]!;
      return {
        ...region,
        numbers: { first: columns[region.first]! + 1, last: columns[region.last]! + 1 },
      };
    });
  });
}

const leastWires = 2;

function regionsIn(
  view: ChamberView,
  grid: Grid,
  layers: readonly BadLayer[],
): { regions: Region[]; gain: number } {
  const alone = layers.map(({ row, hits, expected }) => findRegion(row, hits, expected, view.dispersion));
  const together = layers.length > 1 ? commonRegion(view, grid, layers) : undefined;
  // One or two dead wires are nearly everywhere, and no reason to look past what all layers lack.
  const separately = sumOf(alone, ({ first, last, gain }) => (last - first < leastWires ? 0 : gain));
  return together && together.gain >= separately ? together : { regions: alone, gain: separately };
}

function commonRegion(view: ChamberView, grid: Grid, layers: readonly BadLayer[]) {
  const hits = zeros(grid.width);
  const expected = zeros(grid.width);
  for (const layer of layers) {
    const own = layer.row % layersPerSuperlayer;
    const [found, wanted] = [onColumns(layer.hits, grid, own), onColumns(layer.expected, grid, own)];
    for (let column = 0; column < grid.width; column++) {
      hits[column]! += found[column]!;
      expected[column]! += wanted[column]!;
    }
  }
  const { first, last, gain } = findRegion(0, hits, expected, view.dispersion);
  const regions = layers.map(({ row, hits: own, expected: wanted }) => {
    const columns = grid.columns[row % layersPerSuperlayer]!;
    const from = Math.max(
      0,
      columns.findIndex((column) => column >= first),
    );
    const to = Math.max(
      from,
      columns.findLastIndex((column) => column <= last),
    );
    return {
      row,
      first: from,
      last: to,
      wires: own.length,
      found: sum(own.subarray(from, to + 1)),
      expected: sum(wanted.subarray(from, to + 1)),
      gain,
    };
  });
  return { regions, gain };
}

/** Hits to be expected of a wire, over the dispersion, for it to be surely dead when it has none. */
const surelyDead = 4;
const leastScattered = 4;
/** Neighbouring dead wires of one place, at most, and the share of what the layer lacks that they must account for. */
const longestRun = 3;
const accountedFor = 0.6;
/** Wires without a dead one among them that may lie between two. */
const widestGap = 8;

/**
 * Dead wires that lie scattered among live ones: bad contacts, or a board that reads every second wire. Undefined where what the layer
 * lacks is something else.
 */
export function scatteredDead(
  view: ChamberView,
  { row, hits, expected }: BadLayer,
  score: number,
): Fault | undefined {
  const dead: number[] = [];
  hits.forEach((found, wire) => {
    if (found <= 0.03 * expected[wire]! && expected[wire]! / view.dispersion >= surelyDead) dead.push(wire);
  });
  const gathered = longestChain(dead, widestGap);
  if (gathered.length < leastScattered || longestChain(dead, 1).length > longestRun) return undefined;
  const lacking = sumOf(gathered, (wire) => expected[wire]! - hits[wire]!);
  if (lacking < accountedFor * (sum(expected) - sum(hits))) return undefined;
  const columns = view.columns[row]!;
  return {
    kind: 'scattered-dead',
    layers: [row + 1],
    wires: { first: columns[gathered[0]!]! + 1, last: columns[gathered.at(-1)!]! + 1 },
    only: gathered.map((wire) => columns[wire]! + 1),
    confidence: Math.round(1000 * score) / 1000,
    ratio: 0,
    note: `${gathered.length} dead wires among live ones: contacts, or a board that reads some of them`,
  };
}

/** The longest part of ascending numbers of which none lies more than `step` beyond the one before. */
function longestChain(numbers: readonly number[], step: number): readonly number[] {
  let best: number[] = [];
  let current: number[] = [];
  for (const number of numbers) {
    if (current.length > 0 && number - current.at(-1)! > step) current = [];
    current.push(number);
    if (current.length > best.length) best = [...current];
  }
  return best;
}
