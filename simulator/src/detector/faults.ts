import type { Expectation } from './expectation.ts';
import {
  type ChamberId,
  layersOfSuperlayer,
  rowsPerChamber,
  superlayerOfLayer,
  superlayersOf,
} from '@dtdqm/contract';
import { type Random, chance, integer, logUniform, pick, uniform } from '@dtdqm/contract/random';
import { wiresInLayer } from './geometry.ts';

/** Faults that the simulator can inject; the monitor's own names (contract) are fewer, as it cannot tell causes apart. */
export const injectedKinds = [
  'dead-cells',
  'noisy-cell',
  'dead-half',
  'dead-layer',
  'dead-region',
  'weak-layer',
  'weak-half',
  'weak-region',
  'front-end-board',
  'readout-group',
  'chamber-readout-group',
  'dead-superlayer',
  'weak-superlayer',
  'dead-chamber',
  'low-statistics',
] as const;
export type InjectedKind = (typeof injectedKinds)[number];

/** One fault with its truth. */
export interface InjectedFault {
  readonly kind: InjectedKind;
  /** Layers 1..12 that it touches. */
  readonly layers: readonly number[];
  /** Wires from 1, both ends included. */
  readonly wires: { readonly first: number; readonly last: number };
  /** By how many wires the run lies off in some of the layers, which are staggered by half a cell. */
  readonly shifts?: Readonly<Partial<Record<number, number>>>;
  /** What a wire inside counts, over what it would count healthy: 0 dead, 0.3 weak, 10 noisy. */
  readonly level: number;
  /** Whether an expert calls the layers bad for it: not for single cells, nor for a short run. */
  readonly bad: boolean;
}

/** Layers that an expert calls bad, ascending. */
export function badLayersOf(faults: readonly InjectedFault[]): number[] {
  const bad = faults.filter((fault) => fault.bad).flatMap(({ layers }) => layers);
  return [...new Set(bad)].sort((a, b) => a - b);
}

/** The expectation of a chamber with faults; the one given stays as it is. */
export function injectFaults(expectation: Expectation, faults: readonly InjectedFault[]): Expectation {
  if (faults.length === 0) return expectation;
  const hits = expectation.hits.map((layer) => layer && Float64Array.from(layer));
  for (const { layers, wires, shifts, level } of faults) {
    for (const layer of layers) {
      const own = hits[layer - 1];
      if (!own) continue;
      const shift = shifts?.[layer] ?? 0;
      const last = Math.min(wires.last + shift, own.length);
      for (let wire = Math.max(1, wires.first + shift); wire <= last; wire++) own[wire - 1]! *= level;
    }
  }
  return { ...expectation, hits };
}

/**
 * How much there is to see of faults, by layer 1..12 at index 0..11: expected Poisson log-likelihood ratio of "with its bad
 * faults" against "healthy", nats, summed over the layers of the superlayer that share them. With fewer than a few nats
 * nobody can tell, so nobody should be asked to.
 */
export function visibleEvidence(healthy: Expectation, faults: readonly InjectedFault[]): number[] {
  const evidence = new Array<number>(rowsPerChamber).fill(0);
  for (const fault of faults.filter(({ bad }) => bad)) {
    const faulty = injectFaults(healthy, [fault]);
    const bySuperlayer = [0, 0, 0];
    for (const layer of fault.layers) {
      const before = healthy.hits[layer - 1];
      const after = faulty.hits[layer - 1];
      before?.forEach((expected, wire) => {
        const left = after![wire]!;
        const index = superlayerOfLayer(layer) - 1;
        bySuperlayer[index]! += expected - left + (left > 0 ? left * Math.log(left / expected) : 0);
      });
    }
    for (const layer of fault.layers) evidence[layer - 1]! += bySuperlayer[superlayerOfLayer(layer) - 1]!;
  }
  return evidence.map((nats) => nats / healthy.lumpSize);
}

/** How a fault of one kind comes about in a chamber: where, how wide, how deep. Sources: the project's design, section 2. */
type Recipe = (chamber: ChamberId, random: Random) => Omit<InjectedFault, 'kind'>;

/** Dead cells keep a trickle of noise hits now and then (real run 275310 shows about 1 %). */
const dead = (random: Random) => (chance(random, 0.7) ? 0 : uniform(random, 0, 0.03));

const recipes: Readonly<Record<InjectedKind, Recipe>> = {
  'dead-cells': (chamber, random) =>
    run(chamber, [anyLayer(chamber, random)], integer(random, 1, 2), 0, false, random),

  'noisy-cell': (chamber, random) =>
    run(chamber, [anyLayer(chamber, random)], 1, logUniform(random, 3, 100), false, random),

  // High voltage is fed to half layers.
  'dead-half': (chamber, random) => half(chamber, anyLayer(chamber, random), dead(random), random),
  'weak-half': (chamber, random) =>
    half(chamber, anyLayer(chamber, random), uniform(random, 0.05, 0.6), random),

  'dead-layer': (chamber, random) => whole(chamber, [anyLayer(chamber, random)], dead(random)),
  // Real run 302634: 11 % at 3200 V; run 304740: 83 % at 3450 V.
  'weak-layer': (chamber, random) => whole(chamber, [anyLayer(chamber, random)], uniform(random, 0.05, 0.86)),

  'dead-region': (chamber, random) =>
    run(chamber, [anyLayer(chamber, random)], integer(random, 4, 20), dead(random), true, random),
  'weak-region': (chamber, random) =>
    run(
      chamber,
      [anyLayer(chamber, random)],
      integer(random, 8, 24),
      uniform(random, 0.1, 0.45),
      true,
      random,
    ),

  // A front-end board reads 16 channels: four or five neighbouring cells of all four layers.
  'front-end-board': (chamber, random) =>
    run(chamber, anySuperlayer(chamber, random), integer(random, 4, 5), dead(random), true, random),
  'readout-group': (chamber, random) => {
    const level = chance(random, 0.75) ? dead(random) : uniform(random, 0.05, 0.3);
    return run(chamber, anySuperlayer(chamber, random), integer(random, 8, 32), level, true, random);
  },
  'chamber-readout-group': (chamber, random) =>
    run(chamber, allLayers(chamber), integer(random, 8, 20), dead(random), true, random),

  'dead-superlayer': (chamber, random) => whole(chamber, anySuperlayer(chamber, random), dead(random)),
  'weak-superlayer': (chamber, random) =>
    whole(chamber, anySuperlayer(chamber, random), uniform(random, 0.05, 0.5)),

  'dead-chamber': (chamber) => whole(chamber, allLayers(chamber), 0),
  'low-statistics': (chamber, random) => ({
    ...whole(chamber, allLayers(chamber), uniform(random, 0.005, 0.05)),
    bad: false,
  }),
};

/** A fault of the given kind somewhere in the chamber, with its truth. */
export function drawFault(kind: InjectedKind, chamber: ChamberId, random: Random): InjectedFault {
  return { kind, ...recipes[kind](chamber, random) };
}

type Place = Omit<InjectedFault, 'kind'>;

function allLayers({ station }: ChamberId): number[] {
  return superlayersOf(station).flatMap(layersOfSuperlayer);
}

function anyLayer(chamber: ChamberId, random: Random): number {
  return pick(random, allLayers(chamber));
}

function anySuperlayer({ station }: ChamberId, random: Random): number[] {
  return layersOfSuperlayer(pick(random, superlayersOf(station)));
}

function widest(chamber: ChamberId, layers: readonly number[]): number {
  return Math.max(...layers.map((layer) => wiresInLayer(chamber, layer)));
}

function whole(chamber: ChamberId, layers: readonly number[], level: number): Place {
  return { layers, wires: { first: 1, last: widest(chamber, layers) }, level, bad: true };
}

function half(chamber: ChamberId, layer: number, level: number, random: Random): Place {
  const wires = wiresInLayer(chamber, layer);
  const middle = Math.floor(wires / 2);
  const range = chance(random, 0.5) ? { first: 1, last: middle } : { first: middle + 1, last: wires };
  return { layers: [layer], wires: range, level, bad: true };
}

function run(
  chamber: ChamberId,
  layers: readonly number[],
  length: number,
  level: number,
  bad: boolean,
  random: Random,
): Place {
  const shortest = Math.min(...layers.map((layer) => wiresInLayer(chamber, layer)));
  const first = integer(random, 1, Math.max(1, shortest - length + 1));
  const wires = { first, last: Math.min(widest(chamber, layers), first + length - 1) };
  return {
    layers,
    wires,
    level,
    bad,
    ...(layers.length > 1 ? { shifts: staggered(layers, first, random) } : {}),
  };
}

/** Channels of one board lie one cell off in some layers (the fourth in real run 275310). */
function staggered(layers: readonly number[], first: number, random: Random): Record<number, number> {
  const off = first > 1 && chance(random, 0.5) ? -1 : 0;
  return Object.fromEntries(layers.map((layer) => [layer, chance(random, 0.3) ? off : 0]));
}
