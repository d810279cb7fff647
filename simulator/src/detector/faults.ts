import type { Expectation } from './expectation.ts';
import {
  type ChamberId,
  layersOfSuperlayer,
  rowsPerChamber,
  superlayerKind,
  superlayerOfLayer,
  superlayersOf,
} from '@dtdqm/contract';
import { type Random, chance, integer, logUniform, pick, uniform } from '@dtdqm/contract/random';
import { wireNumbers } from './geometry.ts';
import {
  kindsOfFault,
  type FaultForm,
  type InjectedKind,
  type Mapping,
  type MeasuredFault,
  type Range,
} from './kinds.ts';

/** One fault with its truth. */
export interface InjectedFault {
  readonly kind: InjectedKind;
  /** Layers 1..12 that it touches. */
  readonly layers: readonly number[];
  /** Numbers of the wires, which are columns of the histogram; both ends included, the same in all layers. */
  readonly wires: { readonly first: number; readonly last: number };
  /** Only every second (or so) of these wires has it. */
  readonly every?: number;
  /** It grows along the wires, or falls off: its level is that of the last wire, or of the first. */
  readonly slope?: 'falls' | 'rises';
  /** The counts are those of another layer, or of its own wires in another order; nothing is expected to lack then. */
  readonly mapping?: { readonly how: Mapping; readonly from?: number; readonly by?: number };
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
export function injectFaults<Healthy extends Pick<Expectation, 'hits'>>(
  expectation: Healthy,
  faults: readonly InjectedFault[],
): Healthy {
  if (faults.length === 0) return expectation;
  const hits = expectation.hits.map((layer) => layer && Float64Array.from(layer));
  for (const fault of faults) {
    for (const layer of fault.layers) {
      const own = hits[layer - 1];
      own?.forEach((expected, wire) => (own[wire] = expected * levelAt(fault, layer, wire + 1)));
    }
  }
  return { ...expectation, hits };
}

/** What a wire (from 1) of a layer counts with a fault, over what it would count without. */
export function levelAt(
  { layers, wires, every = 1, slope, level }: InjectedFault,
  layer: number,
  wire: number,
): number {
  const { first, last } = wires;
  const inside = wire - first;
  const length = last - first;
  if (!layers.includes(layer) || inside < 0 || inside > length || inside % every !== 0) return 1;
  if (!slope) return level;
  const along = length > 0 ? inside / length : 1;
  return 1 + (level - 1) * (slope === 'rises' ? along : 1 - along);
}

/**
 * How much there is to see of faults, by layer 1..12 at index 0..11: expected Poisson log-likelihood ratio of "with its bad
 * faults" against "healthy", nats, summed over the layers of the superlayer that share them. With fewer than a few nats
 * nobody can tell, so nobody should be asked to.
 */
export function visibleEvidence(
  healthy: Pick<Expectation, 'hits' | 'lumpSize'>,
  faults: readonly InjectedFault[],
): number[] {
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

/** Dead cells keep a trickle of noise hits now and then (real run 275310 shows about 1 %). */
const dead = (random: Random) => (chance(random, 0.7) ? 0 : uniform(random, 0, 0.03));

/**
 * A fault of the given kind somewhere in the chamber, with its truth.
 *
 * @param strengths `any` draws down to the faintest that training is shown; `plain` what simulated runs show.
 */
export function drawFault(
  kind: InjectedKind,
  chamber: ChamberId,
  random: Random,
  strengths: 'plain' | 'any' = 'plain',
): InjectedFault {
  const { bad, training: _, faintest, ...form } = kindsOfFault[kind];
  const level =
    strengths === 'any' && faintest !== undefined && isRange(form.level)
      ? ([form.level[0], faintest] as const)
      : form.level;
  return { kind, bad, ...drawForm({ ...form, level }, chamber, random) };
}

/** A fault of one of the {@link measuredFaults} somewhere in the chamber; undefined where the chamber has no such place. */
export function drawMeasured(
  { kind, form }: MeasuredFault,
  chamber: ChamberId,
  random: Random,
): InjectedFault | undefined {
  const { bad, training: _, faintest: __, ...whole } = { ...kindsOfFault[kind], ...form };
  if (whole.layers === 'theta' && chamber.station === 4) return undefined;
  return { kind, bad, ...drawForm(whole, chamber, random) };
}

type Place = Omit<InjectedFault, 'kind' | 'bad'>;

function drawForm(form: FaultForm, chamber: ChamberId, random: Random): Place {
  const layers = layersFor(form.layers, chamber, random);
  const length = isRange(form.wires) ? integer(random, ...form.wires) : form.wires;
  const level = drawLevel(form.level, random);
  const place =
    length === 'all'
      ? whole(chamber, layers, level)
      : length === 'half'
        ? half(chamber, layers[0]!, level, random)
        : run(chamber, layers, length, level, form.at, random);
  const { every, slope, mapping, by } = form;
  return {
    ...place,
    ...(every === undefined ? {} : { every: isRange(every) ? integer(random, ...every) : every }),
    ...(slope ? { slope: chance(random, 0.5) ? ('falls' as const) : ('rises' as const) } : {}),
    ...(mapping ? { mapping: { how: mapping, ...sourceOf(mapping, layers[0]!, by, random) } } : {}),
  };
}

/** Whence the counts of a layer come that is mixed up with a neighbour, or by how many wires it is off. */
function sourceOf(mapping: Mapping, layer: number, by: number | undefined, random: Random) {
  if (mapping === 'reversed') return {};
  if (mapping === 'shifted') return { by: chance(random, 0.5) ? by! : -by! };
  const siblings = layersOfSuperlayer(superlayerOfLayer(layer));
  return {
    from: pick(
      random,
      siblings.filter((other) => Math.abs(other - layer) === 1),
    ),
  };
}

function drawLevel(level: FaultForm['level'], random: Random): number {
  if (typeof level === 'number') return level;
  if (level === 'dead') return dead(random);
  if (!isRange(level)) return chance(random, level.dead) ? dead(random) : uniform(random, ...level.otherwise);
  return level[0] > 1 ? logUniform(random, ...level) : uniform(random, ...level);
}

function isRange(value: unknown): value is Range {
  return Array.isArray(value);
}

function layersFor(which: FaultForm['layers'], chamber: ChamberId, random: Random): number[] {
  if (which === 'one') return [anyLayer(chamber, random)];
  if (which === 'chamber') return allLayers(chamber);
  if (which === 'superlayer') return anySuperlayer(chamber, random);
  const ofKind = superlayersOf(chamber.station).filter((superlayer) => superlayerKind(superlayer) === which);
  return layersOfSuperlayer(pick(random, ofKind));
}

function allLayers({ station }: ChamberId): number[] {
  return superlayersOf(station).flatMap(layersOfSuperlayer);
}

function anyLayer(chamber: ChamberId, random: Random): number {
  return pick(random, allLayers(chamber));
}

function anySuperlayer({ station }: ChamberId, random: Random): number[] {
  return layersOfSuperlayer(pick(random, superlayersOf(station)));
}

/** Wires of some layers: the first that any has, the last that any has, and the last that all have. */
function wiresOf(chamber: ChamberId, layers: readonly number[]) {
  const numbers = layers.map((layer) => wireNumbers(chamber, layer));
  const lasts = numbers.map(({ last }) => last);
  return {
    first: Math.min(...numbers.map(({ first }) => first)),
    last: Math.max(...lasts),
    lastOfAll: Math.min(...lasts),
  };
}

function whole(chamber: ChamberId, layers: readonly number[], level: number): Place {
  const { first, last } = wiresOf(chamber, layers);
  return { layers, wires: { first, last }, level };
}

function half(chamber: ChamberId, layer: number, level: number, random: Random): Place {
  const { first, last } = wireNumbers(chamber, layer);
  const middle = first - 1 + Math.floor((last - first + 1) / 2);
  const wires = chance(random, 0.5) ? { first, last: middle } : { first: middle + 1, last };
  return { layers: [layer], wires, level };
}

function run(
  chamber: ChamberId,
  layers: readonly number[],
  length: number,
  level: number,
  at: 'edge' | undefined,
  random: Random,
): Place {
  const { first: earliest, last, lastOfAll } = wiresOf(chamber, layers);
  const latest = Math.max(earliest, lastOfAll - length + 1);
  const first = at === 'edge' ? (chance(random, 0.5) ? earliest : latest) : integer(random, earliest, latest);
  return { layers, wires: { first, last: Math.min(last, first + length - 1) }, level };
}
