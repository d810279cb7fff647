import { placeOn, type ScaleKind } from './scale.ts';

export interface Tick {
  value: number;
  /** 0..1 from the low end. */
  place: number;
}

/** Round numbers on a colour scale from nothing to `max`, both ends included where they are round. */
export function colourTicks(kind: ScaleKind, max: number, atMost: number): Tick[] {
  const values = kind === 'log' && max > 1 ? decades(max, atMost) : roundSteps(0, max, atMost);
  return values.map((value) => ({ value, place: value === 0 ? 0 : placeOn(kind, value, max) }));
}

/** Wire numbers for the axis of a layer of `wires` cells: 1, then multiples of a round step. */
export function wireTicks(wires: number, atMost: number): number[] {
  const step = roundStep(wires, atMost, 5);
  const ticks = [1];
  for (let wire = step; wire <= wires; wire += step) if (wire > 1) ticks.push(wire);
  return ticks;
}

function roundSteps(from: number, to: number, atMost: number): number[] {
  const step = roundStep(to - from, atMost, 0);
  const count = Math.floor((to - from) / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((from + index * step).toPrecision(12)));
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
