import { layersPerSuperlayer, type Fault } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import type { ChamberView, SuperlayerView } from '../features/chamberView.ts';
import { fingerprintsOf, fitTrend } from '../features/reference.ts';
import { withArraysReturned } from '../prepare/arrayPool.ts';
import { wirePatterns, type WirePattern } from './wirePatterns.ts';

/** How surely two layers must not be the same by chance, nats. */
const copyNats = 20;
/**
 * How surely wires must stand elsewhere, nats: with good runs before, and against siblings alone. Of healthy layers 0.03 % of recorded chambers and
 * up to 0.04 % of simulated ones are called mixed up with that (of 18,000 and 10,868 each).
 */
const orderNats = { withPast: 6, alone: 7 };
/** Hits per wire below which nothing is told: one or two, counted several times over, are no shape. */
const leastHits = 1;
/** What one wire may say, nats: one that died since says no more, wherever it is taken to stand. */
const mostPerWire = 3;
/** A layer whose wires only stand elsewhere fits there: its deviance lies above what counting gives by so many sd at most. */
const mostMisfit = 2.5;
/** Slope and arch of a layer that falls off along its wires (sd, logarithm). */
const faultyTrendSpread = 0.3;
/** Layers are moved by more than one number of wires: nats to be paid for that, and for one that is not the four of a board or a cable. */
const boardWires = 4;
const forShift = 1;
const forOddShift = 3;
/** Scatter of neighbouring wires below this share of what counting gives is none. */
const leastScatter = 0.3;
/** Wires by which a layer may be off; one or two are what recordings are off by themselves. */
const leastShift = 3;
const mostShift = 16;

/**
 * Layers whose counts are those of other wires, as when cables or tables are mixed up: a layer that counts in every wire what
 * another one counts, and layers that fit backwards, or moved along, what is expected of every wire ({@link wirePatterns}).
 */
export function mappingFaults(view: ChamberView): Fault[] {
  const references = view.superlayers.map((superlayer, index) => superlayer && fingerprintsOf(view, index));
  return withArraysReturned(() => faultsIn(view, wirePatterns(view, references)));
}

function faultsIn(view: ChamberView, patterns: ReturnType<typeof wirePatterns>): Fault[] {
  return view.superlayers.flatMap((superlayer, index) => {
    if (!superlayer) return [];
    const copies = copiesIn(superlayer, index);
    const copied = copies.flatMap(({ layers }) => layers);
    const moved = [0, 1, 2, 3].flatMap((own) => {
      const layer = layersPerSuperlayer * index + own + 1;
      const pattern = patterns[layer - 1];
      if (!pattern || copied.includes(layer)) return [];
      return movedLayer(view, superlayer.layers[own]!, pattern, layer) ?? [];
    });
    return [...copies, ...moved];
  });
}

function copiesIn({ aligned, grid }: SuperlayerView, index: number): Fault[] {
  const faults: Fault[] = [];
  // Counts scatter; layers without that were not counted, and may well be alike.
  if (!aligned.some(scatters)) return faults;
  for (let one = 0; one < layersPerSuperlayer; one++) {
    for (let other = one + 1; other < layersPerSuperlayer; other++) {
      const nats = chanceOfEqual(aligned[one]!, aligned[other]!, grid.missing, one, other);
      if (nats < copyNats) continue;
      const layers = [one, other].map((own) => layersPerSuperlayer * index + own + 1);
      faults.push({
        kind: 'mapping',
        layers,
        wires: null,
        confidence: 1,
        note: `layers ${layers.join(' and ')} count the same in every wire: one is a copy of the other; usual cause: cables or mapping tables`,
      });
    }
  }
  // One cable is plugged in twice; when all layers are alike, somebody made them so.
  return faults.length === 1 ? faults : [];
}

/** Whether neighbouring wires differ by about as much as counts do. */
function scatters(hits: Float64Array): boolean {
  let squares = 0;
  for (let wire = 1; wire < hits.length; wire++) squares += (hits[wire]! - hits[wire - 1]!) ** 2;
  return squares > leastScatter * 2 * sum(hits);
}

/** How unlikely it is that two layers agree in every wire by chance, nats; 0 when they do not. */
function chanceOfEqual(
  a: Float64Array,
  b: Float64Array,
  missing: Uint8Array,
  one: number,
  other: number,
): number {
  const without = (1 << one) | (1 << other);
  // A copy is laid wire on wire or column on column, and layers begin at different columns.
  for (const shift of [0, -1, 1]) {
    let nats = 0;
    let isEqual = true;
    for (let column = 0; column < a.length && isEqual; column++) {
      const there = column + shift;
      if (there < 0 || there >= b.length || missing[column]! & without || missing[there]! & without) continue;
      isEqual = a[column] === b[there];
      // Two Poisson counts of one mean are equal with a probability of about 1 / sqrt(1 + 4 pi mean).
      nats += 0.5 * Math.log(1 + 4 * Math.PI * a[column]!);
    }
    if (isEqual && nats > 0) return nats;
  }
  return 0;
}

function movedLayer(
  view: ChamberView,
  hits: Float64Array,
  pattern: WirePattern,
  layer: number,
): Fault | undefined {
  const least = view.history ? orderNats.withPast : orderNats.alone;
  const order = bestOrder(hits, pattern, least);
  if (!order) return undefined;
  const where = order.reversed ? 'at the other end of the layer' : `${Math.abs(order.shift)} wires away`;
  const columns = view.columns[layer - 1]!;
  return {
    kind: 'mapping',
    layers: [layer],
    wires: { first: columns[0]! + 1, last: columns.at(-1)! + 1 },
    confidence: Math.round(1000 * (1 - Math.exp(-order.nats / 2))) / 1000,
    note: `its wires count what is expected ${where}${order.orSlopes ? ' (a layer that falls off along its wires looks the same)' : ''}; usual cause: cables or mapping tables`,
  };
}

/** Which wire's expectation stands at a wire: that at the other end, or one some wires further along, round the end. */
interface Order {
  readonly reversed: boolean;
  readonly shift: number;
}

const inOrder: Order = { reversed: false, shift: 0 };

const orders: readonly Order[] = [
  { reversed: true, shift: 0 },
  ...Array.from({ length: mostShift - leastShift + 1 }, (_, more) => leastShift + more).flatMap((shift) => [
    { reversed: false, shift },
    { reversed: false, shift: -shift },
  ]),
];

/** What is expected of each wire, and its logarithm: three times one after the other, so that a shift is no more than another beginning. */
const rates = new Float64Array(3 * 512);
const logs = new Float64Array(3 * 512);
const elsewhere = new Float64Array(512);

/**
 * The order that speaks most against the wires' own, when that is enough and the layer fits there.
 *
 * @param least nats that are enough.
 */
function bestOrder(
  hits: Float64Array,
  { expected, noise }: WirePattern,
  least: number,
): (Order & { nats: number; orSlopes: boolean }) | undefined {
  const wires = hits.length;
  if (sum(hits) < leastHits * wires) return undefined;
  for (let wire = 0; wire < wires; wire++) {
    const rate = expected[wire]!;
    const log = Math.log(rate);
    for (let at = wire; at < 3 * wires; at += wires) {
      rates[at] = rate;
      logs[at] = log;
    }
  }
  let best = inOrder;
  let most = least;
  for (const order of orders) {
    if (2 * Math.abs(order.shift) >= wires) continue;
    const nats = natsFor(hits, order, noise) - priceOf(order);
    if (nats <= most) continue;
    most = nats;
    best = order;
  }
  if (best === inOrder) return undefined;
  const misfit = misfitOf(hits, placed(best, wires), noise);
  // Where even the best order leaves more than counting gives, counts scatter by more, and say less.
  const nats = most / Math.max(1, misfit);
  if (misfit > 1 + mostMisfit * Math.sqrt(2 / wires) || nats < least) return undefined;
  const sloping = fitTrend(hits, rates, noise, faultyTrendSpread);
  return { ...best, nats, orSlopes: most - sloping < least };
}

function priceOf({ reversed, shift }: Order): number {
  return reversed ? 0 : shift % boardWires === 0 ? forShift : forOddShift;
}

/** Nats that an order has lost on the way from which on it is given up: the true one does so once in e to that many times (Wald). */
const hopeless = -8;

/** What hits say for an order against the wires' own; less than {@link hopeless} where the first ones say enough. */
function natsFor(hits: Float64Array, { reversed, shift }: Order, noise: number): number {
  const wires = hits.length;
  const step = reversed ? -1 : 1;
  const perNoise = 1 / noise;
  let there = reversed ? 2 * wires - 1 : wires + shift;
  let nats = 0;
  for (let wire = 0; wire < wires && nats > hopeless; wire++, there += step) {
    const own = (hits[wire]! * (logs[there]! - logs[wire]!) + rates[wire]! - rates[there]!) * perNoise;
    nats += own > mostPerWire ? mostPerWire : own < -mostPerWire ? -mostPerWire : own;
  }
  return nats;
}

/** The rates as they stand in another order; overwritten by the next. */
function placed({ reversed, shift }: Order, wires: number): Float64Array {
  for (let wire = 0; wire < wires; wire++) {
    elsewhere[wire] = rates[reversed ? wires - 1 - wire : wires + wire + shift]!;
  }
  return elsewhere;
}

/** Deviance of a wire, mean. */
function misfitOf(hits: Float64Array, rates: Float64Array, noise: number): number {
  const wires = hits.length;
  let deviance = 0;
  for (let wire = 0; wire < wires; wire++) {
    const found = hits[wire]!;
    const expected = rates[wire]!;
    const own = (2 * (expected - found + (found > 0 ? found * Math.log(found / expected) : 0))) / noise;
    deviance += Math.min(own, 2 * mostPerWire);
  }
  return deviance / wires;
}
