import { layersOfSuperlayer, superlayersOf, type ChamberId } from '@dtdqm/contract';
import { type Random, chance, integer, logUniform, pick, uniform } from '@dtdqm/contract/random';
import { wiresInLayer } from '../geometry.ts';
import type { InjectedFault, InjectedKind } from './fault.ts';

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
