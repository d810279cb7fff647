import { layersPerSuperlayer, type Fault } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import type { ChamberView, SuperlayerView } from '../features/chamberView.ts';

/** How surely two layers must not be the same by chance, and how surely wires must stand elsewhere, nats. */
const copyNats = 20;
const orderNats = 15;
/** What one wire may say of that: a wire that is dead now or was before says no more. */
const mostPerWire = 3;
/** A layer whose wires only stand elsewhere fits there: mean deviance of a wire, over the dispersion, at most. */
const fits = 1.8;
const worthLooking = 1.15;
/** The middle one of the siblings scatters by half as much as one. */
const siblingNoise = 1.5;
/** Shapes of healthy layers drift by so much from run to run, and differ by so much from their siblings (sd). */
const shapeSpread = 0.1;
/** Scatter of neighbouring wires below this share of what counting gives is none. */
const leastScatter = 0.3;
/** Wires by which a layer may be off; one or two are what recordings are off by themselves. */
const leastShift = 3;
const mostShift = 16;

/**
 * Layers whose counts are those of other wires, as when cables or tables are mixed up: a layer that counts in every wire what
 * another one counts, and layers that fit their past, or their siblings, backwards or moved along.
 */
export function mappingFaults(view: ChamberView): Fault[] {
  return view.superlayers.flatMap((superlayer, index) => {
    if (!superlayer) return [];
    const copies = copiesIn(superlayer, index);
    const copied = copies.flatMap(({ layers }) => layers);
    const moved = [0, 1, 2, 3].flatMap((own) => {
      const layer = layersPerSuperlayer * index + own + 1;
      return copied.includes(layer) ? [] : (movedLayer(view, superlayer, layer, own) ?? []);
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
        note: `layers ${layers.join(' and ')} count the same in every wire: one is a copy of the other`,
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

const logs = new Float64Array(512);

function movedLayer(
  view: ChamberView,
  superlayer: SuperlayerView,
  layer: number,
  own: number,
): Fault | undefined {
  const hits = superlayer.layers[own]!;
  const references = [
    { expected: view.history?.expected[layer - 1], noise: 1 + (view.history?.scale ?? 0) },
    { expected: superlayer.siblings[own], noise: siblingNoise },
  ];
  for (const { expected, noise } of references) {
    const variance = noise * view.dispersion;
    // Most layers fit as they are.
    if (!expected || devianceOf(hits, expected, inOrder, variance) < worthLooking) continue;
    const order = bestOrder(hits, expected, variance);
    if (!order || devianceOf(hits, expected, order, variance) > fits) continue;
    const columns = view.columns[layer - 1]!;
    return {
      kind: 'mapping',
      layers: [layer],
      wires: { first: columns[0]! + 1, last: columns.at(-1)! + 1 },
      confidence: Math.round(1000 * (1 - Math.exp(-order.nats / 10))) / 1000,
      note: order.reversed
        ? 'its wires count what is expected in reverse order'
        : `its wires count what is expected ${Math.abs(order.shift)} wires away`,
    };
  }
  return undefined;
}

/** Which wire's expectation stands at a wire: that at the other end, or one some wires further along, round the end. */
interface Order {
  readonly reversed: boolean;
  readonly shift: number;
}

const inOrder: Order = { reversed: false, shift: 0 };

function placeIn({ reversed, shift }: Order, wire: number, wires: number): number {
  return reversed ? wires - 1 - wire : (wire + shift + wires) % wires;
}

/** The order that speaks most against the wires' own, when that is enough. */
function bestOrder(
  hits: Float64Array,
  reference: Float64Array,
  variance: number,
): (Order & { nats: number }) | undefined {
  const wires = hits.length;
  const floor = 0.2 * (sum(reference) / wires) + 0.01;
  for (let wire = 0; wire < wires; wire++) logs[wire] = Math.log(Math.max(reference[wire]!, floor));
  let best: (Order & { nats: number }) | undefined;
  const weigh = (order: Order) => {
    let nats = 0;
    for (let wire = 0; wire < wires; wire++) {
      const there = placeIn(order, wire, wires);
      const lack = Math.max(reference[wire]!, floor) - Math.max(reference[there]!, floor);
      const own = (hits[wire]! * (logs[there]! - logs[wire]!) + lack) / weighed(reference[wire]!, variance);
      nats += own > mostPerWire ? mostPerWire : own < -mostPerWire ? -mostPerWire : own;
    }
    if (nats > (best?.nats ?? orderNats)) best = { ...order, nats };
  };
  weigh({ reversed: true, shift: 0 });
  for (let shift = leastShift; shift <= mostShift && 2 * shift < wires; shift++) {
    weigh({ reversed: false, shift });
    weigh({ reversed: false, shift: -shift });
  }
  return best;
}

/** Variance over mean, with what healthy shapes drift by from run to run. */
function weighed(expected: number, variance: number): number {
  return variance + shapeSpread ** 2 * expected;
}

/** Mean over the wires of how badly they fit; 1 where only counting and drift scatter them. */
function devianceOf(hits: Float64Array, reference: Float64Array, order: Order, variance: number): number {
  const wires = hits.length;
  const scale = sum(hits) / Math.max(sum(reference), 1e-9);
  let deviance = 0;
  for (let wire = 0; wire < wires; wire++) {
    const found = hits[wire]!;
    const expected = scale * reference[placeIn(order, wire, wires)]! + 0.05;
    const own = 2 * (expected - found + (found > 0 ? found * Math.log(found / expected) : 0));
    deviance += own / weighed(expected, variance);
  }
  return deviance / wires;
}
