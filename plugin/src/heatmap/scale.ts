import type { ChamberModel } from './chamberModel.ts';

export type ScaleKind = 'linear' | 'log';
export type ScaleReach = 'chamber' | 'layer' | 'fixed';

export interface ScaleOptions {
  kind: ScaleKind;
  reach: ScaleReach;
  /** Upper end of a fixed scale, in hits per wire. */
  fixedMax: number;
}

/**
 * Where a scale for these hits ends: at the greatest, but at no more than three times what 95 % of the wires with hits stay below,
 * so that a noisy wire does not make all others alike. Wires of a healthy chamber differ by less than that. A few hits are left as
 * they are: below ten, three times as many is chance.
 */
function endOf(hits: readonly number[]): number {
  const counted = hits.filter((each) => each > 0).sort((a, b) => a - b);
  const usual = counted[Math.ceil(0.95 * counted.length) - 1] ?? 1;
  return Math.min(counted.at(-1) ?? 1, Math.max(10, 3 * usual));
}

/** Whether a layer has a level of its own: where most wires have no hit, the greatest of them is noise. */
function hasLevel(hits: readonly number[]): boolean {
  const wires = hits.filter((each) => each >= 0);
  return 2 * wires.filter((each) => each > 0).length > wires.length;
}

/**
 * Upper ends of the colour scale of layers 1..12, in hits per wire, never below 1. A layer that is to have its own but has no level
 * gets the chamber's: scaled by its only hit, a dead layer would be the brightest of all.
 */
export function scaleMaxima({ layers }: ChamberModel, options: ScaleOptions): number[] {
  if (options.reach === 'fixed') return layers.map(() => Math.max(1, options.fixedMax));
  const shared = endOf(layers.flatMap(({ hits }) => hits));
  return layers.map(({ hits }) => (options.reach === 'layer' && hasLevel(hits) ? endOf(hits) : shared));
}

/** Wires with more hits than their scale tells apart, and the most that one of them has. */
export function aboveScale(
  { layers }: ChamberModel,
  maxima: readonly number[],
): { wires: number; greatest: number } {
  const above = layers.flatMap(({ hits }, index) => hits.filter((each) => each > (maxima[index] ?? 1)));
  return { wires: above.length, greatest: Math.max(0, ...above) };
}

/** The same options for pictures that are compared: a scale that each chamber would end by itself ends for all where the greatest does. */
export function sharedScale<O extends Pick<ScaleOptions, 'reach' | 'fixedMax'>>(
  options: O,
  models: readonly (ChamberModel | null)[],
): O {
  if (options.reach !== 'chamber') return options;
  const ends = models.map((model) => endOf(model?.layers.flatMap((layer) => layer.hits) ?? []));
  return { ...options, reach: 'fixed', fixedMax: Math.max(...ends) };
}

/** Position 0..1 of a positive number of hits on a scale that ends at `max`. On a log scale one hit is the low end. */
export function scalePosition(kind: ScaleKind, hits: number, max: number): number {
  if (kind === 'linear' || max <= 1) return Math.min(1, hits / max);
  return Math.min(1, Math.max(0, Math.log(Math.max(1, hits)) / Math.log(max)));
}

/** The same, as one of `steps` whole numbers, so that cells of one colour can be drawn as one path. */
export function colourStep(kind: ScaleKind, hits: number, max: number, steps: number): number {
  return Math.min(steps - 1, Math.floor(scalePosition(kind, hits, max) * steps));
}

/**
 * Round numbers on a colour scale from nothing to `max`, both ends included where they are round; positions run 0..1 from the low
 * end.
 */
export function colourTicks(
  kind: ScaleKind,
  max: number,
  atMost: number,
): { value: number; position: number }[] {
  const values = kind === 'log' && max > 1 ? decades(max, atMost) : roundSteps(max, atMost);
  return values.map((value) => ({ value, position: value === 0 ? 0 : scalePosition(kind, value, max) }));
}

/** Wire numbers for the axis of a layer of `wires` cells: 1, then multiples of a round step. */
export function wireTicks(wires: number, atMost: number): number[] {
  const step = roundStep(wires, atMost, 5);
  const ticks = [1];
  for (let wire = step; wire <= wires; wire += step) if (wire > 1) ticks.push(wire);
  return ticks;
}

function roundSteps(max: number, atMost: number): number[] {
  const step = roundStep(max, atMost, 0);
  const count = Math.floor(max / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function roundStep(span: number, atMost: number, least: number): number {
  const rough = Math.max(span, 1e-9) / Math.max(1, atMost);
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((candidate) => candidate >= rough - 1e-12);
  return Math.max(least, step ?? rough);
}

function decades(max: number, atMost: number): number[] {
  const all: number[] = [];
  for (let decade = 1; decade <= max; decade *= 10) all.push(decade);
  const withHalves = all
    .flatMap((decade) => [decade, 2 * decade, 5 * decade])
    .filter((value) => value <= max);
  if (withHalves.length <= atMost) return withHalves;
  const skip = Math.ceil(all.length / Math.max(1, atMost));
  return all.filter((_, index) => index % skip === 0);
}
