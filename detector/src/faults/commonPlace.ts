import { layersPerSuperlayer } from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import type { ChamberView, SuperlayerView } from '../features/chamberView.ts';
import { againstOthers } from '../features/features.ts';
import { sideColumns } from '../features/windows.ts';
import { atWires } from '../prepare/grid.ts';
import { surelyDown, usualLevel } from './healthyBaseline.ts';
import { pastSpread, pastVariance } from './references.ts';
import {
  endsCost,
  findStretch,
  lowLevels,
  natsOf,
  ratioOf,
  sumsOf,
  type Reference,
  type Region,
} from './regions.ts';

/** Nats that the level of all layers costs, and the place of a board among all that it might be. */
const perLevel = 3;
const perPlace = 4;
/** What layers of one superlayer differ by (sd) when all have sunk together, and superlayers of a healthy chamber by. */
const layerSpread = 0.04;
const superlayerSpread = 0.036;
/** Variance over mean of columns over that of wires: layers share muons by no more, and what a profile misses beyond is its spread. */
const mostCommon = 2.5;
/** What columns differ by from a smooth profile, and a board's from those beside it (sd), however many hits there are. */
const profileSpread = 0.06;
/** What a superlayer differs by from one run before, and its shape (sd). */
const pastDrift = 0.02;
/** Nats by which a layer may be better described by itself and yet shows what the others show. */
const ownGain = 4;
/** Nats by which a common place must be likelier when one layer alone is called bad, as it drags all others along, and how many show it. */
const dragGain = 4;
const leastDragged = 3;

/**
 * The place at which layers of a superlayer lack hits together, when that is likelier than that each lacks something of its own. A layer
 * that is not called bad belongs to it when its own counts say so, too.
 *
 * @param index of the superlayer, 0..2.
 * @param alone what each bad layer lacks by itself.
 * @returns one region for each layer that shows it; none where there is no such place.
 */
export function commonPlace(
  view: ChamberView,
  superlayer: SuperlayerView,
  index: number,
  alone: readonly Region[],
): Region[] {
  const isOne = alone.length === 1;
  let best = sumOf(alone, ({ gain }) => gain) + (isOne ? dragGain : 0);
  let regions: Region[] = [];
  // Several layers that are bad show themselves that it is no drift.
  const drift = isOne ? pastDrift / Math.sqrt(view.history?.runs ?? 1) : 0;
  for (const place of placesOf(view, superlayer, index, drift)) {
    const common = weighPlace(superlayer, index, place, alone);
    if (common.regions.length < (isOne ? leastDragged : 2) || common.gain <= best) continue;
    best = common.gain;
    regions = common.regions;
  }
  return regions;
}

/** Columns of the grid, both included, with what is expected there. */
interface Place {
  readonly first: number;
  readonly last: number;
  /** Nats that its ends cost. */
  readonly ends: number;
  /** By layer of the superlayer. */
  readonly expected: readonly Float64Array[];
  readonly variance: number;
  readonly spread: number;
  /** What many neighbouring columns may differ by together in a healthy chamber (sd). */
  readonly wholeSpread: number;
}

/** Against the smooth profile, what lies beside a board, the past, and, of the whole superlayer, the other superlayers. */
function placesOf(view: ChamberView, superlayer: SuperlayerView, index: number, drift: number): Place[] {
  const { perLayer, grid, columnDispersion, columns, profile } = superlayer;
  const own = [0, 1, 2, 3];
  const variance = Math.max(view.dispersion, Math.min(columnDispersion, mostCommon * view.dispersion));
  const byProfile = own.map((layer) => atWires(perLayer, grid, layer));
  const scatter = { variance, spread: profileSpread, wholeSpread: 0 };
  const inProfile = { expected: profile.expected, variance, spread: profileSpread };
  const places = [{ ...placeIn(columns, inProfile), ...scatter, expected: byProfile }];
  const board = boardIn(columns, inProfile);
  if (board) {
    const expected = byProfile.map((layer) => layer.map((hits) => hits * board.beside));
    places.push({ ...board, ...scatter, expected });
  }
  const past = own.map((layer) => view.history?.expected[layersPerSuperlayer * index + layer]);
  const pastColumns = view.history?.columns[index];
  if (pastColumns && past.every((layer) => layer !== null && layer !== undefined)) {
    const inPast = { expected: pastColumns, variance: pastVariance(view), spread: pastSpread };
    places.push({
      ...placeIn(columns, inPast),
      ...inPast,
      wholeSpread: drift,
      expected: past,
    });
  }
  const usual = usualLevel(view, index);
  // What was always lower than the others is so for another reason.
  if (usual !== undefined && (!view.history || againstOthers(view, index).belowHighest < surelyDown)) {
    const expected = byProfile.map((layer) => {
      const mean = sum(layer) / layer.length;
      return layer.map((hits) => (mean > 0 ? (hits * usual) / mean : usual));
    });
    const whole = { first: 0, last: grid.width - 1, ends: 0 };
    places.push({ ...whole, ...scatter, expected, wholeSpread: superlayerSpread });
  }
  return places;
}

function placeIn(columns: Float64Array, reference: Reference): { first: number; last: number; ends: number } {
  const { first, last } = findStretch(columns, reference);
  return { first, last, ends: endsCost(first, last, columns.length) };
}

/** Columns that a front-end board of 16 channels reads. */
const boardWidths = [4, 5] as const;

/** The board that stands out most from what lies beside it, which tells more than a profile that it has bent. */
function boardIn(columns: Float64Array, { expected, variance, spread = 0 }: Reference) {
  let most = 0;
  let board: { first: number; last: number; ends: number; beside: number } | undefined;
  const of = (values: Float64Array, first: number, end: number) =>
    sum(values.subarray(Math.max(0, first), Math.min(values.length, end)));
  for (const width of boardWidths) {
    for (let first = 0; first + width <= columns.length; first++) {
      const end = first + width;
      const around = of(expected, first - sideColumns, first) + of(expected, end, end + sideColumns);
      if (around <= 0) continue;
      const beside = (of(columns, first - sideColumns, first) + of(columns, end, end + sideColumns)) / around;
      const wanted = beside * of(expected, first, end);
      const lack =
        (wanted - of(columns, first, end)) / Math.sqrt(variance * wanted + (spread * wanted) ** 2 + 1);
      if (lack > most) [most, board] = [lack, { first, last: end - 1, ends: perPlace, beside }];
    }
  }
  return board;
}

/** How likely it is that layers lack hits at a place together, those that show it at one level each, which differ little. */
function weighPlace(
  { grid, layers }: SuperlayerView,
  index: number,
  { first, last, ends, expected, variance, spread, wholeSpread }: Place,
  alone: readonly Region[],
): { regions: Region[]; gain: number } {
  const shown = layers.map((hits, own): Region => {
    const columns = grid.columns[own]!;
    const from = columns.findIndex((column) => column >= first);
    const to = columns.findLastIndex((column) => column <= last);
    const place = { first: Math.max(0, from), last: Math.max(0, from, to) };
    const row = layersPerSuperlayer * index + own;
    return {
      row,
      ...place,
      wires: columns.length,
      ...sumsOf(hits, expected[own]!, place.first, place.last),
      gain: 0,
    };
  });
  const levelOf = (region: Pick<Region, 'found' | 'expected'>) => Math.max(ratioOf(region), lowLevels[0]);
  const level = levelOf({
    found: sumOf(shown, ({ found }) => found),
    expected: sumOf(shown, (own) => own.expected),
  });
  const regions = shown.flatMap((region, own) => {
    const ownLevel = levelOf(region);
    if (ownLevel >= 1) return [];
    const reference = { expected: expected[own]!, variance, spread };
    let nats = 0;
    for (let wire = region.first; wire <= region.last; wire++) {
      nats += natsOf(layers[own]![wire]!, wire, reference, ownLevel);
    }
    const apart = Math.log(ownLevel / level) ** 2 / (2 * (variance / (region.found + 1) + layerSpread ** 2));
    const gain = nats - apart;
    const byItself = alone.find(({ row }) => row === region.row)?.gain ?? 0;
    return gain > 0 && gain > byItself - ownGain ? [{ ...region, gain }] : [];
  });
  const together = sumOf(regions, ({ gain }) => gain);
  // However many hits say so, a superlayer that is a little lower than others may always have been.
  const most = wholeSpread > 0 ? Math.log(level) ** 2 / (2 * wholeSpread ** 2) : Infinity;
  const apart = sumOf(
    alone.filter(({ row }) => !regions.some((own) => own.row === row)),
    ({ gain }) => gain,
  );
  return { regions, gain: 1 / (1 / Math.max(together, 1e-9) + 1 / most) + apart - ends - perLevel };
}
