import type { LayerWires, ChamberWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../scoreChambers.ts';
import { zerosLike, type Saliency, baselinesOf, suspiciousLayers, requireBackprop } from './saliency.ts';

/** Equal steps that every way begins with. */
const defaultSteps = 4;
/** Ways walked at the same time: their first points fill a batch, and not much more is held in memory at once. */
const waysAtATime = 25;

/**
 * Integrated gradients (Sundararajan et al., ICML 2017) from the healthy baseline to the chamber, see `ways.ts` for the way taken. Positive: this wire, as
 * it differs from the baseline, speaks for bad. Units: logits.
 *
 * The values of a chamber add up to what logit(bad) - logit(good) gained on the way, as nearly as the integral was computed
 * (see `walk.ts`); nothing is shared out to make up for the rest. Along the way the chamber's estimates of itself (see
 * `estimatesOf` of `ChamberWires`) stay as they are, without which gradients would have to follow medians over the whole chamber.
 */
export const integratedGradients: Saliency = (model, chambers, { layer, passes = defaultSteps }) => {
  const suspicious = suspiciousLayers(model, chambers);
  const baselines = baselinesOf(model, chambers, suspicious);
  const sums = chambers.map(zerosLike);
  let group: { walks: ChamberWalk; sums: LayerWires }[] = [];
  const finish = () => {
    walkAlong(
      model,
      group.map(({ walks }) => walks),
      passes,
    );
    for (const { walks, sums } of group) for (const walk of walks) addIntegral(walk, sums);
    group = [];
  };
  chambers.forEach((chamber, index) => {
    const ways = waysOf(chamber, baselines[index]!, suspicious[index]!, layer);
    group.push({ walks: ways.map((way) => ({ way, points: [] })), sums: sums[index]! });
    if (group.reduce((count, { walks }) => count + walks.length, 0) >= waysAtATime) finish();
  });
  finish();
  return sums;
};

/** A straight way through the states of a chamber. */
export interface Way {
  /** What is explained; its estimates hold all along. */
  readonly chamber: ChamberWires;
  readonly from: LayerWires;
  /** Where it leads to, less `from`, by wire. */
  readonly move: LayerWires;
  /** By row: whether the logit of that layer counts. */
  readonly counts: readonly boolean[];
  /** Share of the logits gained on it that one step of the integral may miss. */
  readonly tolerance: number;
}

/** Of the ways of layers that are looked at closely. */
const ownTolerance = 0.0001;
/** Of the way that all other layers share, whose logits hardly change and which few look at. */
const sharedTolerance = 0.002;

/**
 * The ways from a healthy baseline to a chamber. A layer that is looked at closely, because it is suspicious or asked for by
 * number, has a way of its own in two parts: first the layer itself becomes as it is while the rest of the chamber is healthy,
 * then the rest. So its own wires are made to account for what their state means by itself, and its neighbours for what
 * theirs changes about that, for or against. On one straight way, where the four layers of a dead superlayer fade together,
 * its own wires would look innocent, since they never differ from their siblings. All other layers share a straight way.
 *
 * @param suspicious by row.
 * @param layer only the logit of that layer (1..12) counts.
 */
export function waysOf(
  chamber: ChamberWires,
  baseline: ChamberWires,
  suspicious: readonly boolean[],
  layer: number | undefined,
): Way[] {
  // A chamber that is its own baseline has nothing to explain.
  if (baseline === chamber) return [];
  const wayBetween = (
    from: LayerWires,
    to: LayerWires,
    counts: readonly boolean[],
    tolerance: number,
  ): Way => ({
    chamber,
    counts,
    tolerance,
    from,
    move: differenceOf(from, to),
  });
  const rows = chamber.layers.map((_, row) => row);
  const close = rows.filter((row) => (layer === undefined ? suspicious[row]! : row === layer - 1));
  const ways = close.flatMap((own) => {
    const counts = rows.map((row) => row === own);
    const between = rows.map((row) => (row === own ? chamber.layers[row]! : baseline.layers[row]!));
    return [
      wayBetween(baseline.layers, between, counts, ownTolerance),
      wayBetween(between, chamber.layers, counts, ownTolerance),
    ];
  });
  const counts = rows.map(
    (row) => layer === undefined && chamber.layers[row] !== null && !close.includes(row),
  );
  ways.push(wayBetween(baseline.layers, chamber.layers, counts, sharedTolerance));
  return ways.filter(
    (way) => way.counts.includes(true) && way.move.some((row) => row?.some((by) => by !== 0)),
  );
}

function differenceOf(from: LayerWires, to: LayerWires): LayerWires {
  return to.map((wires, row) => wires && wires.map((hits, wire) => hits - from[row]![wire]!));
}

/** How often a step that misses more than its way tolerates is halved at most. */
const deepest = 14;
/** Ways that gain less than this many logits are not looked at more closely than ways that gain as much. */
const leastGain = 5;
/**
 * Steps halved for one chamber, at most. One bad layer takes 70 to 360 (real chambers), but a chamber of noise or with twelve bad layers would take
 * 2,800 to 7,800: up to a second each, and a run of such chambers more memory than a thread has. With 800 whole chambers missed 1.1 % of what
 * their logits gain (95th percentile), with 1,600 0.8 %.
 */
const mostHalvings = 1600;
/** Of the halvings left, the share spent in one round, on the steps that miss most: all at once would go to the first rounds alone. */
const shareOfRound = 0.25;
/** Points evaluated at a time: bounds memory. */
const pointsPerBatch = 128;

/** A way with the points evaluated on it. */
export interface Walk {
  readonly way: Way;
  /** In order along the way. */
  readonly points: Point[];
}

/** The walks of one chamber, which share what may be spent on it. */
export type ChamberWalk = readonly Walk[];

interface Step {
  readonly walk: Walk;
  /** Its middle, 0 to 1 along the way. */
  readonly at: number;
  /** Share of the logits gained on the way that the step does not account for. */
  readonly missing: number;
}

/**
 * Evaluates points along the ways: equal steps at first, then the middles of steps that miss what the logit really gained,
 * as networks of relus have kinks and counts near zero change logarithms fast. Steps that miss most are halved first, and no
 * more of them than a chamber may take.
 */
export function walkAlong(model: LoadedModel, chambers: readonly ChamberWalk[], steps: number): void {
  const left = chambers.map(() => mostHalvings);
  let pending = chambers
    .flat()
    .flatMap((walk) => Array.from({ length: steps + 1 }, (_, step) => ({ walk, at: step / steps })));
  while (pending.length > 0) {
    for (let first = 0; first < pending.length; first += pointsPerBatch) {
      const batch = pending.slice(first, first + pointsPerBatch);
      const places = batch.map(({ walk, at }) => ({ way: walk.way, at }));
      evaluatePoints(model, places).forEach((point, index) => batch[index]!.walk.points.push(point));
    }
    for (const { points } of chambers.flat()) points.sort((a, b) => a.at - b.at);
    pending = chambers.flatMap((walks, index) => {
      const worst = walks.flatMap((walk) => stepsToHalve(walk, steps)).sort((a, b) => b.missing - a.missing);
      const halved = worst.slice(0, Math.ceil(left[index]! * shareOfRound));
      left[index]! -= halved.length;
      return halved;
    });
  }
}

function stepsToHalve(walk: Walk, steps: number): Step[] {
  const { way, points } = walk;
  const gain = Math.max(Math.abs(points.at(-1)!.logit - points[0]!.logit), leastGain);
  const shortest = 1.5 / (steps * 2 ** deepest);
  return points.slice(1).flatMap((end, index) => {
    const start = points[index]!;
    const length = end.at - start.at;
    const byGradient = (length * (start.slope + end.slope)) / 2;
    const missing = Math.abs(byGradient - (end.logit - start.logit)) / gain;
    return missing > way.tolerance && length > shortest
      ? [{ walk, at: (start.at + end.at) / 2, missing }]
      : [];
  });
}

/** The trapezoid rule: every point weighs half of the steps on either side. */
export function addIntegral({ way, points }: Walk, sums: LayerWires): void {
  points.forEach(({ at, gradient }, index) => {
    const before = points[index - 1]?.at ?? at;
    const after = points[index + 1]?.at ?? at;
    const weight = (after - before) / 2;
    gradient.forEach((values, row) => {
      const factors = way.move[row]!;
      for (let wire = 0; values && wire < values.length; wire++) {
        sums[row]![wire]! += weight * values[wire]! * factors[wire]!;
      }
    });
  });
}

/** A place along a way: 0 is where it begins, 1 where it ends. */
export interface Place {
  readonly way: Way;
  readonly at: number;
}

/** What the model says at a place. */
export interface Point {
  readonly at: number;
  /** logit(bad) - logit(good), summed over the layers that count. */
  readonly logit: number;
  /** Its gradient by the hits of every wire. */
  readonly gradient: LayerWires;
  /** Its slope along the whole way. */
  readonly slope: number;
}

export function evaluatePoints({ preprocessing, network }: LoadedModel, places: readonly Place[]): Point[] {
  const backprop = requireBackprop(preprocessing);
  const chambers = places.map(stateAt);
  const all = preprocessing.prepare(chambers);
  const wanted = all.layers.flatMap(({ chamber, row }, sample) =>
    places[chamber]!.way.counts[row] ? [sample] : [],
  );
  const layers = wanted.map((sample) => all.layers[sample]!);
  const tensors = Object.fromEntries(
    Object.entries(all.tensors).map(([name, values]) => [name, pick(values, all.layers.length, wanted)]),
  );
  const { differences, gradients } = network.differentiate(tensors, layers.length);
  const logits = new Float64Array(places.length);
  layers.forEach(({ chamber }, sample) => (logits[chamber]! += differences[sample]!));
  const pulled = chambers.map(zerosLike);
  const destinations = layers.map(({ chamber }) => pulled[chamber]!);
  backprop(chambers, { layers, tensors }, gradients, destinations);
  return places.map(({ at, way }, index) => {
    const gradient = pulled[index]!;
    return { at, logit: logits[index]!, gradient, slope: product(gradient, way.move) };
  });
}

function stateAt({ way: { chamber, from, move }, at }: Place): ChamberWires {
  const layers = from.map((wires, row) => wires && wires.map((hits, wire) => hits + at * move[row]![wire]!));
  return { ...chamber, layers, estimatesOf: chamber };
}

/** Rows of a row-major tensor. */
function pick(values: Float32Array, rows: number, wanted: readonly number[]): Float32Array {
  const size = values.length / rows;
  const picked = new Float32Array(wanted.length * size);
  wanted.forEach((row, index) => {
    picked.set(values.subarray(row * size, (row + 1) * size), index * size);
  });
  return picked;
}

function product(a: LayerWires, b: LayerWires): number {
  let sum = 0;
  a.forEach((values, row) => {
    const others = b[row]!;
    for (let wire = 0; values && wire < values.length; wire++) sum += values[wire]! * others[wire]!;
  });
  return sum;
}
