import { formatChamber, type ChamberId } from '@dtdqm/contract';
import { fnv1a, normal, seededRandom } from '@dtdqm/contract/random';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../model/loadedModel.ts';
import { flat, levelOf, suspiciousLayers, zerosLike, type Saliency } from './saliency.ts';

/** One layer of one chamber, in a state that the network is asked about. */
interface LayerState {
  readonly chamber: number;
  readonly row: number;
  /** Hits by wire. */
  readonly wires: Float64Array;
}

/**
 * Gradients of logit(bad) - logit(good) by the hits of every wire, as TensorFlow.js differentiates preprocessing and network together.
 * Units: logits a hit.
 *
 * @throws {RangeError} when the model's preprocessing is not made of operations of TensorFlow.js.
 */
function gradientsAt({ preprocessing, network }: LoadedModel, states: readonly LayerState[]): Float32Array[] {
  const { fromWires } = preprocessing;
  if (!fromWires) throw new RangeError(`preprocessing "${preprocessing.name}" cannot be differentiated`);
  const gradients = new Array<Float32Array>(states.length);
  for (const length of new Set(states.map(({ wires }) => wires.length))) {
    const alike = states.flatMap(({ wires }, index) => (wires.length === length ? [index] : []));
    const hits = new Float32Array(alike.length * length);
    alike.forEach((state, at) => hits.set(states[state]!.wires, at * length));
    const values = network.gradient(fromWires, hits, alike.length);
    alike.forEach((state, at) => (gradients[state] = values.subarray(at * length, (at + 1) * length)));
  }
  return gradients;
}

/** The layers of some chambers, or that one (1..12) of each that is asked for. */
function layersOf(chambers: readonly ChamberWires[], layer: number | undefined): LayerState[] {
  return chambers.flatMap(({ layers }, chamber) =>
    layers.flatMap((wires, row) =>
      wires && (layer === undefined || row === layer - 1) ? [{ chamber, row, wires }] : [],
    ),
  );
}

/**
 * The gradient itself (Simonyan et al., 2013). Positive: one hit more would speak for bad, so dead wires come out negative.
 */
export const gradient: Saliency = (model, chambers, { layer }) => {
  const result = chambers.map(zerosLike);
  const states = layersOf(chambers, layer);
  gradientsAt(model, states).forEach((values, index) => {
    result[states[index]!.chamber]![states[index]!.row]!.set(values);
  });
  return result;
};

const defaultPasses = 50;
/** Standard deviation of the noise over the level of the layer; 10 to 20 % is what its authors recommend. */
const noiseLevel = 0.15;

/** SmoothGrad (Smilkov et al., 2017): the mean gradient over noisy copies of the chamber. Sign and units as `gradient`. */
export const smoothGrad: Saliency = (model, chambers, { layer, seed = 0, passes = defaultPasses }) => {
  const sums = chambers.map(zerosLike);
  for (let pass = 0; pass < passes; pass++) {
    const states = layersOf(chambers.map((chamber) => withNoise(chamber, seed, pass)), layer); // prettier-ignore
    gradientsAt(model, states).forEach((values, index) => {
      const sum = sums[states[index]!.chamber]![states[index]!.row]!;
      values.forEach((value, wire) => (sum[wire]! += value / passes));
    });
  }
  return sums;
};

/** Points of the integral: with so many it misses under 1 % of what the logit gained, kinks of relus included. */
const defaultSteps = 64;

/**
 * Integrated gradients (Sundararajan et al., ICML 2017) of suspicious layers, or of the one asked for, on the straight path from a layer
 * that is flat at its own level. Not from zero: a dead wire has zero hits, and would have nothing to explain anything with. Positive: this
 * wire, as it differs from the level, speaks for bad. Units: logits. A layer's values add up to what its logit gained on the way.
 */
export const integratedGradients: Saliency = (model, chambers, { layer, passes = defaultSteps }) => {
  const sums = chambers.map(zerosLike);
  const suspicious = layer === undefined ? suspiciousLayers(model, chambers) : undefined;
  for (const own of layersOf(chambers, layer)) {
    if (suspicious && !suspicious[own.chamber]![own.row]) continue;
    const from = flat(own.wires);
    const states = Array.from({ length: passes }, (_, pass) => {
      const at = (pass + 0.5) / passes;
      return { ...own, wires: from.map((hits, wire) => hits + at * (own.wires[wire]! - hits)) };
    });
    const sum = sums[own.chamber]![own.row]!;
    for (const values of gradientsAt(model, states)) {
      values.forEach((value, wire) => (sum[wire]! += (value * (own.wires[wire]! - from[wire]!)) / passes));
    }
  }
  return sums;
};

/** A copy of the chamber with noise that depends on seed, chamber and pass alone. */
export function withNoise(chamber: ChamberWires, seed: number, pass: number): ChamberWires {
  const layers = chamber.layers.map((wires, row) => {
    if (!wires) return null;
    const noise = noiseFor(seed, chamber.chamber, row, pass);
    const deviation = noiseLevel * levelOf(wires);
    return wires.map((hits, wire) => hits + deviation * noise(wire));
  });
  return { ...chamber, layers };
}

const tableSize = 1 << 16;
const tables = new Map<number, Float32Array>();

/**
 * Standard normal deviates for one layer of one chamber in one pass: read from a table made once for each seed, because
 * drawing them afresh would take longer than the network. Depends on its arguments alone, not on what else is explained.
 */
function noiseFor(seed: number, chamber: ChamberId, row: number, pass: number): (wire: number) => number {
  const table = tableFor(seed);
  const start = fnv1a(`${seed}/${formatChamber(chamber)}/${row}/${pass}`);
  return (wire) => table[(start + wire) % tableSize]!;
}

function tableFor(seed: number): Float32Array {
  const known = tables.get(seed);
  if (known) return known;
  const table = new Float32Array(tableSize);
  const random = seededRandom(fnv1a(`noise ${seed}`));
  for (let index = 0; index < tableSize; index++) table[index] = normal(random);
  tables.set(seed, table);
  return table;
}
