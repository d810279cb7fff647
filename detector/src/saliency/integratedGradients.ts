import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../scoreChambers.ts';
import { baselinesOf, requireBackprop, suspiciousLayers, zerosLike, type Saliency } from './saliency.ts';

/** Equal steps that every path begins with. */
const defaultSteps = 4;
/** Paths followed at the same time: their first points fill a batch, and not much more is held in memory at once. */
const pathsAtATime = 25;
/** Points evaluated at a time: bounds memory. */
const pointsPerBatch = 128;

/** Share of the logits gained on a path that one step of the integral may miss, where a layer has the path for itself. */
const ownTolerance = 0.0001;
/** The same of the path that all other layers share, whose logits hardly change and which few look at. */
const sharedTolerance = 0.002;
/** How often a step that misses more than that is halved at most. */
const deepest = 14;
/** Paths that gain less than this many logits are not looked at more closely than paths that gain as much. */
const leastGain = 5;
/**
 * Steps halved for one chamber, at most. One bad layer takes 70 to 360 (real chambers), but a chamber of noise or with twelve bad layers would take
 * 2,800 to 7,800: up to a second each, and a run of such chambers more memory than a thread has. With 800 whole chambers missed 1.1 % of what
 * their logits gain (95th percentile), with 1,600 0.8 %.
 */
const mostHalvings = 1600;
/** Of the halvings left, the share spent in one round, on the steps that miss most: all at once would go to the first rounds alone. */
const shareOfRound = 0.25;

/** A straight path through the states of a chamber, with the points evaluated on it in order. */
interface Path {
  /** What is explained; its estimates hold all along. */
  readonly chamber: ChamberWires;
  readonly from: LayerWires;
  /** Where it leads to, less `from`, by wire. */
  readonly move: LayerWires;
  /** By row: whether the logit of that layer counts. */
  readonly counts: readonly boolean[];
  readonly tolerance: number;
  readonly points: Point[];
}

/** What the model says at a point of a path. */
interface Point {
  /** 0 where the path begins, 1 where it ends. */
  readonly at: number;
  /** logit(bad) - logit(good), summed over the layers that count. */
  readonly logit: number;
  /** Its gradient by the hits of every wire. */
  readonly gradient: LayerWires;
  /** Its slope along the whole path. */
  readonly slope: number;
}

/**
 * Integrated gradients (Sundararajan et al., ICML 2017) from the healthy baseline to the chamber, along {@link pathsTo}. Positive:
 * this wire, as it differs from the baseline, speaks for bad. Units: logits.
 *
 * The values of a chamber add up to what logit(bad) - logit(good) gained on the way, as nearly as the integral was computed
 * (see {@link evaluate}); nothing is shared out to make up for the rest. On a path the chamber's estimates of itself (see
 * `estimatesOf` of `ChamberWires`) stay as they are, without which gradients would have to follow medians over the whole chamber.
 */
export const integratedGradients: Saliency = (model, chambers, { layer, passes = defaultSteps }) => {
  const suspicious = suspiciousLayers(model, chambers);
  const baselines = baselinesOf(model, chambers, suspicious);
  const sums = chambers.map(zerosLike);
  let group: { paths: readonly Path[]; sums: LayerWires }[] = [];
  const finish = () => {
    const byChamber = group.map(({ paths }) => paths);
    evaluate(model, byChamber, passes);
    for (const { paths, sums } of group) for (const path of paths) addIntegral(path, sums);
    group = [];
  };
  chambers.forEach((chamber, index) => {
    const paths = pathsTo(chamber, baselines[index]!, suspicious[index]!, layer);
    group.push({ paths, sums: sums[index]! });
    if (group.reduce((count, { paths }) => count + paths.length, 0) >= pathsAtATime) finish();
  });
  finish();
  return sums;
};

/**
 * The paths from a healthy baseline to a chamber. A layer that is looked at closely, because it is suspicious or asked for by
 * number, has a path of its own in two parts: first the layer itself becomes as it is while the rest of the chamber is healthy,
 * then the rest. So its own wires are made to account for what their state means by itself, and its neighbours for what
 * theirs changes about that, for or against. On one straight path, where the four layers of a dead superlayer fade together,
 * its own wires would look innocent, since they never differ from their siblings. All other layers share a straight path.
 *
 * @param suspicious by row.
 * @param layer only the logit of that layer (1..12) counts.
 */
function pathsTo(
  chamber: ChamberWires,
  baseline: ChamberWires,
  suspicious: readonly boolean[],
  layer: number | undefined,
): Path[] {
  // A chamber that is its own baseline has nothing to explain.
  if (baseline === chamber) return [];
  const pathBetween = (from: LayerWires, to: LayerWires, counts: boolean[], tolerance: number): Path => {
    const move = to.map((wires, row) => wires && wires.map((hits, wire) => hits - from[row]![wire]!));
    return { chamber, from, move, counts, tolerance, points: [] };
  };
  const rows = chamber.layers.map((_, row) => row);
  const close = rows.filter((row) => (layer === undefined ? suspicious[row]! : row === layer - 1));
  const paths = close.flatMap((own) => {
    const counts = rows.map((row) => row === own);
    const between = rows.map((row) => (row === own ? chamber.layers[row]! : baseline.layers[row]!));
    return [
      pathBetween(baseline.layers, between, counts, ownTolerance),
      pathBetween(between, chamber.layers, counts, ownTolerance),
    ];
  });
  const others = rows.map(
    (row) => layer === undefined && chamber.layers[row] !== null && !close.includes(row),
  );
  paths.push(pathBetween(baseline.layers, chamber.layers, others, sharedTolerance));
  return paths.filter(
    ({ counts, move }) => counts.includes(true) && move.some((row) => row?.some((by) => by !== 0)),
  );
}

/**
 * Evaluates points along the paths: equal steps at first, then the middles of steps that miss what the logit really gained,
 * as networks of relus have kinks and counts near zero change logarithms fast. Steps that miss most are halved first, and no
 * more of them than a chamber may take.
 *
 * @param chambers the paths of each chamber, which share what may be spent on it.
 */
function evaluate(model: LoadedModel, chambers: readonly (readonly Path[])[], steps: number): void {
  const left = chambers.map(() => mostHalvings);
  const all = chambers.flat();
  let pending = all.flatMap((path) =>
    Array.from({ length: steps + 1 }, (_, step) => ({ path, at: step / steps })),
  );
  while (pending.length > 0) {
    for (let first = 0; first < pending.length; first += pointsPerBatch) {
      evaluatePoints(model, pending.slice(first, first + pointsPerBatch));
    }
    for (const { points } of all) points.sort((a, b) => a.at - b.at);
    pending = chambers.flatMap((paths, index) => {
      const worst = paths.flatMap((path) => stepsToHalve(path, steps)).sort((a, b) => b.missing - a.missing);
      const halved = worst.slice(0, Math.ceil(left[index]! * shareOfRound));
      left[index]! -= halved.length;
      return halved;
    });
  }
}

/** The middles of steps, and the share of the logits gained on the path that each step does not account for. */
function stepsToHalve(path: Path, steps: number): { path: Path; at: number; missing: number }[] {
  const { points, tolerance } = path;
  const gain = Math.max(Math.abs(points.at(-1)!.logit - points[0]!.logit), leastGain);
  const shortest = 1.5 / (steps * 2 ** deepest);
  return points.slice(1).flatMap((end, index) => {
    const start = points[index]!;
    const length = end.at - start.at;
    const byGradient = (length * (start.slope + end.slope)) / 2;
    const missing = Math.abs(byGradient - (end.logit - start.logit)) / gain;
    const at = (start.at + end.at) / 2;
    return missing > tolerance && length > shortest ? [{ path, at, missing }] : [];
  });
}

/** Adds points to their paths, which are not in order afterwards. */
function evaluatePoints(
  { preprocessing, network }: LoadedModel,
  places: readonly { path: Path; at: number }[],
): void {
  const backprop = requireBackprop(preprocessing);
  const chambers = places.map(({ path: { chamber, from, move }, at }): ChamberWires => {
    const layers = from.map(
      (wires, row) => wires && wires.map((hits, wire) => hits + at * move[row]![wire]!),
    );
    return { ...chamber, layers, estimatesOf: chamber };
  });
  const samples = preprocessing.prepare(chambers);
  const wanted = samples.layers.flatMap(({ chamber, row }, sample) =>
    places[chamber]!.path.counts[row] ? [sample] : [],
  );
  const layers = wanted.map((sample) => samples.layers[sample]!);
  const tensors = Object.fromEntries(
    Object.entries(samples.tensors).map(([name, values]) => {
      const size = values.length / samples.layers.length;
      const picked = new Float32Array(wanted.length * size);
      wanted.forEach((sample, index) =>
        picked.set(values.subarray(sample * size, (sample + 1) * size), index * size),
      );
      return [name, picked];
    }),
  );
  const { differences, gradients } = network.differentiate(tensors, layers.length);
  const logits = new Float64Array(places.length);
  layers.forEach(({ chamber }, sample) => (logits[chamber]! += differences[sample]!));
  const byWire = chambers.map(zerosLike);
  const destinations = layers.map(({ chamber }) => byWire[chamber]!);
  backprop(chambers, { layers, tensors }, gradients, destinations);
  places.forEach(({ at, path }, index) => {
    const gradient = byWire[index]!;
    let slope = 0;
    gradient.forEach((values, row) => {
      const by = path.move[row]!;
      for (let wire = 0; values && wire < values.length; wire++) slope += values[wire]! * by[wire]!;
    });
    path.points.push({ at, logit: logits[index]!, gradient, slope });
  });
}

/** The trapezoid rule: every point weighs half of the steps on either side. */
function addIntegral({ move, points }: Path, sums: LayerWires): void {
  points.forEach(({ at, gradient }, index) => {
    const before = points[index - 1]?.at ?? at;
    const after = points[index + 1]?.at ?? at;
    const weight = (after - before) / 2;
    gradient.forEach((values, row) => {
      const by = move[row]!;
      for (let wire = 0; values && wire < values.length; wire++) {
        sums[row]![wire]! += weight * values[wire]! * by[wire]!;
      }
    });
  });
}
