import { seededRandom, shuffled } from '@dtdqm/contract/random';
import { mean } from '@dtdqm/contract/numbers';
import type { SaliencyMethodName } from '@dtdqm/contract';
import {
  type LoadedModel,
  chamberWires,
  type ChamberWires,
  type LayerWires,
  baselinesOf,
  scoreChambers,
  explain,
} from '@dtdqm/detector/engine';
import type { FaultyChamber } from './faultyChambers.ts';

/** One layer that the model calls bad, or a chamber that has one, as it is explained by one method. */
export interface Explained {
  readonly wires: ChamberWires;
  /** Undefined where the sum over all layers of the chamber is explained, as in a run. */
  readonly layer: number | undefined;
  readonly fault: FaultyChamber['fault'];
  readonly attribution: LayerWires;
}

/** logit(bad) - logit(good) of one layer of each chamber, or summed over all of them. */
export function logitsOf(
  model: LoadedModel,
  chambers: readonly ChamberWires[],
  layers: readonly (number | undefined)[],
): number[] {
  const samples = model.preprocessing.prepare(chambers);
  const differences = model.network.differences(samples.tensors, samples.layers.length);
  const result = new Array<number>(chambers.length).fill(0);
  samples.layers.forEach(({ chamber, row }, sample) => {
    const layer = layers[chamber];
    if (layer === undefined || row === layer - 1) result[chamber]! += differences[sample]!;
  });
  return result;
}

/**
 * Explains the first bad layer of each chamber in which the model finds one, or that chamber as a whole; faults that it
 * misses cannot be explained.
 */
export function explainFound(
  model: LoadedModel,
  chambers: readonly FaultyChamber[],
  method: SaliencyMethodName,
  what: 'layer' | 'chamber',
): Explained[] {
  const judged = scoreChambers(model, chambers, { saliency: false });
  return chambers.flatMap((chamber, index) => {
    const found = chamber.fault.layers.find((one) => judged[index]!.verdicts[one - 1] === 'bad');
    if (found === undefined) return [];
    const layer = what === 'layer' ? found : undefined;
    const wires = chamberWires(chamber);
    const [attribution] = explain(model, [wires], method, { layer });
    return [{ wires, layer, fault: chamber.fault, attribution: attribution! }];
  });
}

/**
 * Completeness: |sum of attributions - gain of the logit over the baseline| over that gain, for each layer.
 *
 * @param held whether the baseline keeps the chamber's estimates of itself, as it does on the way that is integrated along; otherwise
 * it is judged as the chamber that it would be.
 */
export function completenessErrors(
  model: LoadedModel,
  explained: readonly Explained[],
  held: boolean,
): number[] {
  const wires = explained.map((one) => one.wires);
  const layers = explained.map(({ layer }) => layer);
  const sick = logitsOf(model, wires, layers);
  const baselines = baselinesOf(model, wires).map((healthy, index) =>
    held ? { ...healthy, estimatesOf: wires[index]! } : healthy,
  );
  const healthy = logitsOf(model, baselines, layers);
  return explained.map(({ attribution }, index) => {
    const gain = sick[index]! - healthy[index]!;
    const sum = attribution.reduce(
      (total, row) => total + (row?.reduce((all, value) => all + value, 0) ?? 0),
      0,
    );
    return Math.abs(sum - gain) / Math.abs(gain);
  });
}

/** Localisation: share of the absolute attribution that lies on the wires of the injected fault, for each layer. */
export function localisation(explained: readonly Explained[]): number[] {
  return explained.map(({ attribution, fault }) => {
    let inside = 0;
    let all = 0;
    attribution.forEach((row, index) => {
      const faulty = fault.layers.includes(index + 1);
      row?.forEach((value, wire) => {
        all += Math.abs(value);
        if (faulty && wire + 1 >= fault.wires.first && wire + 1 <= fault.wires.last)
          inside += Math.abs(value);
      });
    });
    return all > 0 ? inside / all : 0;
  });
}

/** Orders that a layer's explanation is compared with, and places along an order where the logit is looked at. */
const blindOrders = 10;
const portions = 20;

/**
 * Deletion (RISE, Petsiuk et al., BMVC 2018), as the README of this folder fixed it before it was run: all wires of the chamber are set
 * to the healthy baseline, in order of attribution, in 20 equal portions. The mean of the explained layer's logit after each
 * portion has to be lower than the mean over ten random orders.
 *
 * @returns for each layer whether it is.
 */
export function deletionWins(model: LoadedModel, explained: readonly Explained[], seed: number): boolean[] {
  return explained.map(({ wires, layer, attribution }, index) => {
    const random = seededRandom(seed + index);
    const order = attribution.flatMap((row, r) =>
      [...(row ?? [])].map((value, wire) => ({ r, wire, value })),
    );
    // Ties in random order: wires without attribution must not profit from where they stand in the chamber.
    const guided = shuffled(order, random).toSorted((a, b) => b.value - a.value);
    const blind = Array.from({ length: blindOrders }, () => shuffled(order, random));
    const [own, ...others] = [guided, ...blind].map((path) => area(model, wires, layer, path));
    return own! < mean(others);
  });
}

function area(
  model: LoadedModel,
  wires: ChamberWires,
  layer: number | undefined,
  path: readonly { r: number; wire: number }[],
): number {
  const [healthy] = baselinesOf(model, [wires]);
  const current = wires.layers.map((row) => row && row.slice());
  const stages: ChamberWires[] = [];
  let done = 0;
  for (let portion = 1; portion <= portions; portion++) {
    for (; done < Math.round((portion * path.length) / portions); done++) {
      const { r, wire } = path[done]!;
      current[r]![wire] = healthy!.layers[r]![wire]!;
    }
    stages.push({ ...wires, layers: current.map((row) => row && row.slice()) });
  }
  const logits = logitsOf(
    model,
    stages,
    stages.map(() => layer),
  );
  return mean(logits);
}

/** Spearman's rank correlation of two attributions of the same chamber. */
export function rankCorrelation(a: LayerWires, b: LayerWires): number {
  const first = ranks(a.flatMap((row) => [...(row ?? [])]));
  const second = ranks(b.flatMap((row) => [...(row ?? [])]));
  const mean = (first.length - 1) / 2;
  let product = 0;
  let squares = 0;
  let otherSquares = 0;
  first.forEach((rank, index) => {
    product += (rank - mean) * (second[index]! - mean);
    squares += (rank - mean) ** 2;
    otherSquares += (second[index]! - mean) ** 2;
  });
  return squares > 0 && otherSquares > 0 ? product / Math.sqrt(squares * otherSquares) : 0;
}

/** Mean rank for ties. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const result = new Array<number>(values.length);
  for (let first = 0; first < order.length;) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1]!] === values[order[first]!]) last++;
    for (let index = first; index <= last; index++) result[order[index]!] = (first + last) / 2;
    first = last + 1;
  }
  return result;
}
