import { sum } from '@dtdqm/contract/numbers';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import type { LoadedModel } from '../model/loadedModel.ts';
import { baselinesOf, suspiciousLayers, zerosLike, type Saliency } from './saliency.ts';

/** Wires healed at a time, about a front-end board's share of a layer; more where a layer differs in more than so many windows. */
const smallestWindow = 4;
const mostWindows = 16;
/** States of a chamber that are looked at, at most: where many layers are bad their windows are wider. */
const mostStates = 240;

/**
 * Occlusion (Zeiler and Fergus, 2014), both ways: windows of wires that differ from the healthy baseline are healed in the sick layer, and
 * made sick in the healthy one, each by itself; a window's share is the mean of what logit(bad) - logit(good) loses by the one and gains by
 * the other. Positive: speaks for bad. Units: logits. Needs no gradient.
 *
 * Explained is each layer that is suspicious, or the one asked for: first what its own wires say while the rest of the chamber is healthy, then
 * what its neighbours' wires change about that, layer by layer. The shares of either are scaled so that together they are what the
 * logit gained, which windows alone are not where one would do for all.
 */
export const occlusion: Saliency = (model, chambers, { layer }) => {
  const suspicious = suspiciousLayers(model, chambers);
  const baselines = baselinesOf(model, chambers, suspicious);
  return chambers.map((chamber, index) => {
    const sums = zerosLike(chamber);
    const healthy = baselines[index]!;
    const rows = chamber.layers.flatMap((wires, row) => {
      const isAsked = layer === undefined ? suspicious[index]![row]! : row === layer - 1;
      return wires && isAsked && healthy !== chamber ? [row] : [];
    });
    const windows = Math.min(mostWindows, Math.max(1, Math.floor(mostStates / (3 * rows.length))));
    for (const row of rows) explainLayer(model, chamber, healthy, row, windows, sums);
    return sums;
  });
};

function explainLayer(
  model: LoadedModel,
  chamber: ChamberWires,
  healthy: ChamberWires,
  row: number,
  windows: number,
  sums: LayerWires,
): void {
  const own = windowsOf(chamber, healthy, row, windows);
  const others = chamber.layers.flatMap((wires, other) => {
    const differ = other === row ? [] : differing(chamber, healthy, other);
    return wires && differ.length > 0 ? [{ row: other, wires: differ }] : [];
  });
  const onlyOwn = mixed(healthy, chamber, [row]);
  const states = [
    healthy,
    onlyOwn,
    chamber,
    ...own.map((wires) => withWires(onlyOwn, healthy, row, wires)),
    ...own.map((wires) => withWires(healthy, onlyOwn, row, wires)),
    ...others.map((other) => mixed(chamber, healthy, [other.row])),
  ];
  const [none, first, all, ...rest] = logitsOf(model, chamber, states, row);
  const healed = rest.slice(0, own.length);
  const sick = rest.slice(own.length, 2 * own.length);
  const without = rest.slice(2 * own.length);
  const shares = own.map((_, index) => (first! - healed[index]! + sick[index]! - none!) / 2);
  shareOut(first! - none!, shares, own.map((wires) => ({ row, wires })), sums); // prettier-ignore
  shareOut(all! - first!, without.map((logit) => all! - logit), others, sums); // prettier-ignore
}

interface Place {
  readonly row: number;
  readonly wires: readonly number[];
}

/** Adds a gain to the wires of some places, in proportion to their shares; by the number of wires where those say nothing of it. */
function shareOut(gain: number, shares: readonly number[], places: readonly Place[], into: LayerWires): void {
  const total = sum(shares);
  const wires = sum(places.map((place) => place.wires.length));
  const factor = gain / total;
  const isTold = factor > 0 && factor < 10;
  places.forEach((place, index) => {
    const own = isTold ? factor * shares[index]! : (gain * place.wires.length) / wires;
    for (const wire of place.wires) into[place.row]![wire]! += own / place.wires.length;
  });
}

/** Wires of one layer that differ from the healthy ones. */
function differing(chamber: ChamberWires, healthy: ChamberWires, row: number): number[] {
  const wires: number[] = [];
  chamber.layers[row]?.forEach((hits, wire) => hits !== healthy.layers[row]![wire] && wires.push(wire));
  return wires;
}

/** The same in neighbouring groups, few enough. */
function windowsOf(chamber: ChamberWires, healthy: ChamberWires, row: number, most: number): number[][] {
  const wires = differing(chamber, healthy, row);
  const size = Math.max(smallestWindow, Math.ceil(wires.length / most));
  return Array.from({ length: Math.ceil(wires.length / size) }, (_, index) =>
    wires.slice(index * size, (index + 1) * size),
  );
}

/** A chamber with some layers as they are in another. */
function mixed(chamber: ChamberWires, other: ChamberWires, rows: readonly number[]): ChamberWires {
  const layers = chamber.layers.map((wires, row) => (rows.includes(row) ? other.layers[row]! : wires));
  return { ...chamber, layers };
}

/** A chamber with some wires of one layer as they are in another. */
function withWires(
  chamber: ChamberWires,
  other: ChamberWires,
  row: number,
  wires: readonly number[],
): ChamberWires {
  const layers = [...chamber.layers];
  const changed = layers[row]!.slice();
  for (const wire of wires) changed[wire] = other.layers[row]![wire]!;
  layers[row] = changed;
  return { ...chamber, layers };
}

/** logit(bad) - logit(good) of one layer in each state of a chamber, what the chamber estimates of itself held. */
function logitsOf(
  { preprocessing, network }: LoadedModel,
  chamber: ChamberWires,
  states: readonly ChamberWires[],
  row: number,
): number[] {
  const held = states.map((state) => (state === chamber ? state : { ...state, estimatesOf: chamber }));
  const samples = preprocessing.prepare(held, row);
  const differences = network.differences(samples.tensors, samples.layers.length);
  const logits = new Array<number>(states.length).fill(0);
  samples.layers.forEach((of, sample) => (logits[of.chamber] = differences[sample]!));
  return logits;
}
